import type { TestWorkerOptions } from './start-test-worker.ts';

export interface Hold {
  /** Resolves when an activity has come to the place. */
  reached: Promise<void>;
  /** Lets it go on. */
  release(): void;
}

export interface ActivityHolds {
  activityInterceptors: NonNullable<TestWorkerOptions['activityInterceptors']>;
  /** The next activity of this name stops there: before it does anything, or when it has done all and has not told yet. */
  hold(activity: string, where: 'before' | 'after'): Hold;
}

interface Held {
  place: string;
  reach(): void;
  released: Promise<void>;
}

/** Meets real activities at a certain moment, as no time of waiting could. */
export function holdActivities(): ActivityHolds {
  const holds: Held[] = [];
  const pass = async (place: string): Promise<void> => {
    const at = holds.findIndex((hold) => hold.place === place);
    if (at < 0) return;
    const [hold] = holds.splice(at, 1);
    hold!.reach();
    await hold!.released;
  };
  return {
    activityInterceptors: [
      ({ info }) => ({
        inbound: {
          async execute(input, next) {
            await pass(`before ${info.activityType}`);
            const result = await next(input);
            await pass(`after ${info.activityType}`);
            return result;
          },
        },
      }),
    ],
    hold(activity, where) {
      let reach = (): void => undefined;
      let release = (): void => undefined;
      const reached = new Promise<void>((resolve) => void (reach = resolve));
      const released = new Promise<void>((resolve) => void (release = resolve));
      holds.push({ place: `${where} ${activity}`, reach: () => reach(), released });
      return { reached, release: () => release() };
    },
  };
}
