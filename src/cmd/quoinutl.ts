/** The offline tool: looks into snapshot files and makes data directories from them. */
import { runUtl } from './utl/run-utl.js';

process.exitCode = await runUtl(process.argv.slice(2));
