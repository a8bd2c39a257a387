import { parseArgs } from 'node:util';

export interface StartArguments {
  /** Null: on the first start only. */
  sample: boolean | null;
  /** End after the sample session, with its outcome as the exit code. */
  exit: boolean;
  help: boolean;
}

export const USAGE = `npm start -- [options]

  --sample      run the sample session, also when this is not the first start
  --no-sample   do not run the sample session
  --exit        stop after the sample session; exit code 0 if it completed
  --help        this text

PORT sets the port of the API. ACE_DATA_DIR sets where the data lie (.data).`;

/** Errors: throws a sentence that names the unknown option. */
export function readArguments(argv: string[]): StartArguments {
  const { values } = parseArgs({
    args: argv,
    options: { sample: { type: 'boolean' }, exit: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    allowNegative: true,
  });
  if (values.exit && values.sample === false) throw new Error('--exit waits for the sample session; it makes no sense with --no-sample.');
  return { sample: values.exit ? true : (values.sample ?? null), exit: values.exit, help: values.help };
}
