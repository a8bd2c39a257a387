const MAX_CHARACTERS = 500;
const KEY_PATTERN = /\b(?:sk|key|pk)-[A-Za-z0-9_*-]{6,}/g;

/**
 * A vendor's own words, fit for an error, a log and a history: at most 500 characters, without the key that some
 * vendors repeat when they refuse it.
 */
export function vendorMessage(text: string, apiKey?: string): string {
  const clean = (apiKey ? text.replaceAll(apiKey, '[key]') : text).replace(KEY_PATTERN, '[key]');
  return clean.length > MAX_CHARACTERS ? `${clean.slice(0, MAX_CHARACTERS)}…` : clean;
}
