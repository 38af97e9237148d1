/** Quotes a text for shells of POSIX's kind, bash and zsh among them. */
export const posixQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Quotes a text for fish, which knows two escapes between single quotes. */
export const fishQuote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
