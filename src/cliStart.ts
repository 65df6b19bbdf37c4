#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { cacheFolder } from './cli/folders.ts';

// A start with compiled code takes half the time. Node's default folder is writable for all users.
enableCompileCache(join(cacheFolder(process.platform, process.env), 'compiled'));
void import('./cli.ts');
