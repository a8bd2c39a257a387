import canonicalize from 'canonicalize';

/** RFC 8785: the same value gives the same text, whatever the order of its keys. Errors: throws on a lone surrogate, NaN, Infinity or a circular value. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('A value without a JSON form has no canonical JSON');
  return text;
}
