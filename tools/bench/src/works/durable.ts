// Mail that is on the disk before it is accepted: posthornd into its Maildir, by one process and by two, beside Postfix's
// smtpd into its queue on the same disk. And what two processes are worth where nothing is written.
import { chmodSync } from "node:fs";
import { join } from "node:path";
import type { Task } from "../contenders.ts";
import { base64 } from "../load/content.ts";
import { generator } from "../load/generator.ts";
import { pipelined } from "../load/script.ts";
import { external } from "../peers/external.ts";
import { startPosthornd } from "../peers/posthornd.ts";
import { startPostfix } from "../peers/postfix.ts";
import { scratch } from "../places.ts";
import { type Contender, type Setting, taking, type Work } from "../work.ts";

const script = pipelined(base64(4096));

const posthornd = async (name: string, options: readonly string[], task: Task): Promise<Contender> =>
  external(name, await startPosthornd(options), await generator(), task);

let folders = 0;
const maildir = (): readonly string[] => ["--maildir", join(scratch(), `maildir-${++folders}`)];

/** The works of the daemon. */
export const durableWorks: readonly Work[] = [
  {
    name: "durable",
    title: "`posthornd` into its Maildir with fsync, 20 sessions",
    unit: "message",
    weight: 6,
    async start(setting: Setting): Promise<Contender[]> {
      const task = { script, sessions: 20, messages: Math.round(2000 * setting.amount.share) };
      const contenders = await taking(
        [
          posthornd("posthornd", maildir(), task),
          posthornd("posthornd, 2 workers", [...maildir(), "--workers", "2"], task),
        ],
        setting,
      );
      if (setting.peers === "none") return contenders;
      const folder = join(scratch(), `postfix-${++folders}`);
      // Postfix's processes change their user, and must come through to their files.
      chmodSync(scratch(), 0o711);
      const postfix = await startPostfix(folder).catch((error: unknown) => String(error));
      if (typeof postfix === "string") setting.lack("Postfix", postfix);
      else contenders.push(external("Postfix", postfix, await generator(), task));
      return contenders;
    },
  },
  {
    name: "workers",
    title: "`posthornd`, 1 and 2 workers, nothing kept, 40 sessions",
    unit: "message",
    weight: 4,
    start(setting: Setting): Promise<Contender[]> {
      const task = { script, sessions: 40, messages: Math.round(30_000 * setting.amount.share) };
      return taking(
        [posthornd("posthornd", [], task), posthornd("posthornd, 2 workers", ["--workers", "2"], task)],
        setting,
      );
    },
  },
];
