/** A rough count where nobody counted: four characters a token. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
