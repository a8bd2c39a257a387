import type { Model } from 'mongoose';

export interface PageRequest {
  limit: number;
  /** The `next` of the page before, or undefined for the first one. */
  after?: string | undefined;
  order: 'created_at' | '-created_at';
}

export interface Page<Row> {
  rows: Row[];
  /** Value for `after` of the next page; null on the last one. */
  next: string | null;
}

interface Listed {
  _id: string;
  created_at: Date;
}

/** Thrown for an `after` that no page gave. */
export class CursorError extends Error {}

/**
 * One page of a record, by creation time and then by uuid, so that rows of the same millisecond neither repeat nor get
 * lost. Needs an index that ends in `created_at, _id`. Errors: `CursorError`.
 */
export async function findPage<Row extends Listed>(
  // mongoose's own parameters (methods, virtuals …) do not matter here.
  model: Model<Row, any, any, any, any, any>,
  filter: Record<string, unknown>,
  request: PageRequest & { allProjects?: boolean; select?: Record<string, 0 | 1> },
): Promise<Page<Row>> {
  const descending = request.order === '-created_at';
  const direction = descending ? -1 : 1;
  const query = request.after === undefined ? filter : { ...filter, $and: [beyond(decode(request.after), descending)] };
  const rows: Row[] = await model
    .find(query)
    .select(request.select ?? {})
    .setOptions({ allProjects: request.allProjects === true })
    .sort({ created_at: direction, _id: direction })
    .limit(request.limit + 1)
    .lean()
    .exec();
  const more = rows.length > request.limit;
  const shown = more ? rows.slice(0, request.limit) : rows;
  const last = shown.at(-1);
  return { rows: shown, next: more && last !== undefined ? encode(last) : null };
}

interface Cursor {
  created_at: Date;
  _id: string;
}

function beyond(cursor: Cursor, descending: boolean): Record<string, unknown> {
  const operator = descending ? '$lt' : '$gt';
  return {
    $or: [
      { created_at: { [operator]: cursor.created_at } },
      { created_at: cursor.created_at, _id: { [operator]: cursor._id } },
    ],
  };
}

function encode(row: Listed): string {
  return Buffer.from(`${row.created_at.getTime()}.${row._id}`, 'utf8').toString('base64url');
}

function decode(text: string): Cursor {
  const found = /^(\d{1,15})\.(.{1,600})$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  if (!found) throw new CursorError('The cursor was not given by this API');
  return { created_at: new Date(Number(found[1])), _id: found[2]! };
}
