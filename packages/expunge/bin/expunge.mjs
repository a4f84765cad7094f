#!/usr/bin/env node
// A file that is there before anything is built: npm links only such ones in a workspace.
import "../dist/cli.js";
