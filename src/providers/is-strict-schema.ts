const UNSUPPORTED = ['allOf', 'not', 'if', 'then', 'else', 'oneOf', 'patternProperties', 'dependentRequired', 'dependentSchemas', 'propertyNames', 'contains', 'prefixItems'];

/**
 * Whether OpenAI takes a JSON Schema with `strict: true`: the root an object, every object closed with all of its
 * properties required, and no keyword outside its subset. With a schema that is not, `strict` is a 400.
 */
export function isStrictSchema(schema: Record<string, unknown>): boolean {
  return schema.type === 'object' && isStrict(schema);
}

function isStrict(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return false;
  const node = schema as Record<string, unknown>;
  if (UNSUPPORTED.some((keyword) => keyword in node)) return false;
  if (!('type' in node || 'anyOf' in node || '$ref' in node || 'enum' in node || 'const' in node)) return false;
  const types = [node.type].flat();
  if (types.includes('object')) {
    const names = Object.keys(node.properties ?? {});
    const required = Array.isArray(node.required) ? node.required : [];
    if (node.additionalProperties !== false || !names.every((name) => required.includes(name))) return false;
  }
  if (types.includes('array') && !('items' in node)) return false;
  const children = [
    ...Object.values(node.properties ?? {}), ...Object.values(node.$defs ?? {}),
    ...(Array.isArray(node.anyOf) ? node.anyOf : []), ...('items' in node ? [node.items] : []),
  ];
  return children.every(isStrict);
}
