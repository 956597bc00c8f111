/** What the first step leaves for the last one. */
export const STATE = {
  /** Set when results are looked for and saved. */
  isOn: "isOn",
  /** The key of what was brought. */
  restored: "restored",
  /** Names what was brought, by its content. */
  content: "content",
} as const;
