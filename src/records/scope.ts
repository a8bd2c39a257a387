import type { Schema } from 'mongoose';

const FILTERED = [
  'find', 'findOne', 'findOneAndUpdate', 'findOneAndDelete', 'findOneAndReplace', 'updateOne', 'updateMany',
  'replaceOne', 'deleteOne', 'deleteMany', 'countDocuments', 'estimatedDocumentCount', 'distinct',
] as const;

function refuse(record: string, what: string): never {
  throw new Error(`${record}: ${what} without a partition_key; a query must name its project`);
}

/** An operator object would reach other projects, and an empty text names none. */
function isOneKey(key: unknown): boolean {
  return typeof key === 'string' && key !== '';
}

/**
 * Makes a schema project-scoped: every query, update and insert must name one `partition_key`, a string, or mongoose
 * refuses it. The engine's own sweeps over all projects say so with `.setOptions({ allProjects: true })`.
 */
export function scoped(schema: Schema, record: string): void {
  for (const method of FILTERED) {
    schema.pre(method as 'find', function () {
      if (this.getOptions().allProjects === true) return;
      if (!isOneKey(this.getFilter().partition_key)) refuse(record, method);
    });
  }
  schema.pre('aggregate', function () {
    if (this.options.allProjects === true) return;
    const first = this.pipeline()[0] as { $match?: { partition_key?: unknown } } | undefined;
    if (!isOneKey(first?.$match?.partition_key)) refuse(record, 'aggregate');
  });
  schema.pre('insertMany', function (...parameters: unknown[]) {
    const documents = parameters.find(Array.isArray) as Array<{ partition_key?: unknown }> | undefined;
    for (const document of documents ?? []) {
      if (!isOneKey(document.partition_key)) refuse(record, 'insertMany');
    }
  });
  schema.pre('bulkWrite', function (...parameters: unknown[]) {
    const operations = parameters.find(Array.isArray) as Array<Record<string, { filter?: { partition_key?: unknown }; document?: { partition_key?: unknown } }>> | undefined;
    for (const operation of operations ?? []) {
      for (const [kind, body] of Object.entries(operation)) {
        const key = body.filter?.partition_key ?? body.document?.partition_key;
        if (!isOneKey(key)) refuse(record, kind);
      }
    }
  });
}
