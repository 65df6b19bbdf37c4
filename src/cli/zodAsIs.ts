// Imported before any schema is made: zod then compiles none of them to code, which would need code
// generation from strings and takes longer than the few messages of a server.
import { config } from 'zod/v4/core';

config({ jitless: true });
