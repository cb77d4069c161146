import { InvalidArgumentError, Option, type Command } from 'commander';
import { telling } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import type { ConvertOptions } from '../convert.js';

/** Written down here, so that the help loads no source. */
const SOURCES = ['auth0', 'cognito', 'firebase', 'keycloak', 'okta', 'supabase'];

export function addConvertCommand(program: Command, context: CommandContext): void {
  telling(program.command('convert'))
    .summary("make one CSV of another product's export")
    .argument('<files...>', 'files of the export, in any order; JSON may be packed with gzip')
    .addOption(
      new Option('--from <source>', 'the product that they come from')
        .choices(SOURCES)
        .makeOptionMandatory(),
    )
    .requiredOption('-o, --output <file>', 'the CSV to write, for its owner only (0600)')
    .option(
      '--provider <name=id>',
      "the id in Kratos of the product's provider or connection; an empty id leaves it out; may be repeated",
      addProvider,
    )
    .option(
      '--hash-parameters <file>',
      'file with the password hash parameters of a Firebase project (default: FIREBASE_HASH_PARAMETERS_FILE)',
    )
    .addOption(
      new Option(
        '--lost-passwords <what>',
        'known to be lost, which is no failure: those users are sent a "mail", or are marked for the password migration "hook"',
      ).choices(['mail', 'hook']),
    )
    .description(
      "convert another product's export, if it is not one CSV, to a CSV for start; needs no server",
    )
    .action(async (files: string[], options: ConvertOptions) => {
      const { convertFiles } = await import('../convert.js');
      context.exitWith(await convertFiles(files, options, context));
    });
}

function addProvider(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as <name>=<id in Kratos>.');
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}
