/**
 * ESLint rule: every exported symbol has a docstring right before it. What only passes on what another file exports is
 * documented there; of a function with several signatures the first one carries the docstring.
 */
export default {
  meta: { type: "suggestion", schema: [], messages: { bare: "{{name}} is exported without a docstring" } },
  create(context) {
    return {
      "ExportNamedDeclaration[declaration], ExportDefaultDeclaration"(node) {
        const name = nameOf(node.declaration);
        if (nameOf(signatureBefore(node)?.declaration) === name || isDocumented(context.sourceCode, node)) return;
        context.report({ node, messageId: "bare", data: { name } });
      },
    };
  },
};

function isDocumented(sourceCode, node) {
  const comment = sourceCode.getCommentsBefore(node).at(-1);
  return comment?.type === "Block" && comment.value.startsWith("*");
}

/** The statement before, where it is a signature without a body. */
function signatureBefore({ parent, range: [start] }) {
  const before = parent.body.findLast(({ range }) => range[1] <= start);
  return before?.declaration?.type === "TSDeclareFunction" ? before : undefined;
}

function nameOf(declaration) {
  const named = declaration?.declarations?.[0] ?? declaration;
  return named?.id?.name ?? (named === undefined ? undefined : "the default");
}
