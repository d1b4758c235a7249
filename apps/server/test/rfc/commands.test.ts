/** The tables about commands and their replies, against one server. */
/* oxlint-disable import/no-unassigned-import -- a table makes its tests as it is imported */
import "./phases.ts";
import "./lines.ts";
import "./hello.ts";
import "./paths.ts";
import "./parameters.ts";
import "./utf8.ts";
import "./auth.ts";
