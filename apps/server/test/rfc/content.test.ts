/** The tables about content, groups of commands, and the roles, against one server. */
/* oxlint-disable import/no-unassigned-import -- a table makes its tests as it is imported */
import "./data.ts";
import "./bdat.ts";
import "./pipelining.ts";
import "./lmtp.ts";
import "./submission.ts";
