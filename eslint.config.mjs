import eslint from "@eslint/js";
import tseslint from "typescript-eslint";
import documentedExports from "./toolchain/lint/documented-exports.mjs";

export default tseslint.config(
  { ignores: ["node_modules/", "docs/results/"] },
  {
    files: ["**/*.ts"],
    extends: [eslint.configs.recommended, ...tseslint.configs.strictTypeChecked],
    plugins: { understudy: { rules: { "documented-exports": documentedExports } } },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers in messages are wanted; everything else must be text.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "understudy/documented-exports": "error",
      "max-lines": ["error", 300],
      // Cycles and layers: tests/contract/dependencies.test.ts.
    },
  },
  {
    files: ["tests/**/*.ts"],
    rules: {
      // chai's assertions are expressions.
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      // A test file follows its source, and a long story is told in one.
      "max-lines": "off",
    },
  },
);
