/** Ids that a reader of YAML 1.1 takes for a number, a date, a truth or nothing, unless they stand in quotes. */
export const YAML_WORDS: readonly string[] = [
  ...["2026_11_29", "2026-11-29", "1e3", "1E3", "0x1F", "0b101", "0o17", "010", "1_000", "123", "0", "00", "1.5", "1."],
  ...["yes", "no", "on", "off", "y", "n", "true", "False", "null", "Null", "NaN", "20261129", "12345678901234567890"],
];

/** Free words of an operator that are something else to some reader of YAML, or end a text too early. */
export const YAML_TEXTS: readonly string[] = [
  ...["12:30:45, 30 min", "~ rack four", "- rack four is off", "? rack four", "rack: four", "# rack four is off"],
  ...['"rack four"', "'rack four'", "rack \\ four \\n", "{rack: four}", "[rack, four]", "*rack four", "&rack four"],
  ...[
    "!!int 12345678",
    "%rack four",
    "@rack four",
    "`rack` $(four)",
    "2026-11-29T10:00:00Z",
    "12345678",
    "rack 🔌 vier ÄÖÜ ß",
  ],
  ...["| rack four", "> rack four", "<<: rack four", "rack four: ", ".infinity", `rack ${"four ".repeat(60)}`],
  ...["rack four\u00a0is off", "null null", "=equals=", "secure: v1:abc", "${UNDERSTUDY} is off"],
];
