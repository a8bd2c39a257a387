/** Everything a key can be allowed. `admin` reaches beyond the project and is never part of `*`. */
export const PERMISSIONS = [
  'agents:read', 'agents:write', 'coordinations:read', 'coordinations:write', 'sessions:read', 'sessions:write',
  'decisions:read', 'decisions:write', 'admin',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** `*` is everything within the project; `sessions:*` everything of one resource. */
export const GRANTS = [...PERMISSIONS, '*', ...new Set(PERMISSIONS.filter((name) => name.includes(':')).map((name) => `${name.split(':')[0]}:*`))];

export function isAllowed(grants: readonly string[], needed: Permission | null): boolean {
  if (needed === null || grants.includes(needed)) return true;
  if (needed === 'admin') return false;
  return grants.includes('*') || grants.includes(`${needed.split(':')[0]}:*`);
}
