/** First in, first out, in constant time, as plain JSON: what was taken is forgotten in bulk. */
export interface Queue<T> {
  items: T[];
  /** Place of the next one to take. */
  head: number;
}

export function isEmpty(queue: Queue<unknown>): boolean {
  return queue.head >= queue.items.length;
}

/** The next item; the queue must not be empty. */
export function take<T>(queue: Queue<T>): T {
  const item = queue.items[queue.head]!;
  queue.head += 1;
  if (queue.head >= 256 && queue.head * 2 >= queue.items.length) {
    queue.items = queue.items.slice(queue.head);
    queue.head = 0;
  }
  return item;
}
