// The examples of the documentation: every ```ts block of the READMEs and the guides, and how one is executed.
// An example is a module of its own. It runs from this package's folder, which depends on every published package,
// so that `@posthorn/…` resolves as it does for a reader who installed them; to their sources, so that no build is needed.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { filesUnder, packagesOf, root } from "@posthorn/workspace";

/** One block of code. */
export interface Example {
  /** Its file and line, such as `packages/wire/README.md:12`. */
  readonly where: string;
  readonly code: string;
}

/** The examples in a Markdown text: blocks that open with ```ts, but not with ```ts no-run. */
export function examplesIn(name: string, text: string): Example[] {
  const examples: Example[] = [];
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const fence = /^ {0,3}(`{3,}|~{3,})\s*(.*?)\s*$/.exec(lines[at] ?? "");
    if (fence === null) continue;
    const [, mark = "", info = ""] = fence;
    const start = at + 1;
    const closes = (line: string): boolean =>
      line.trim().startsWith(mark) && line.trim().replaceAll(mark[0] ?? "", "") === "";
    for (at = start; at < lines.length && !closes(lines[at] ?? ""); at += 1);
    const [language, ...marks] = info.split(/\s+/);
    if (language !== "ts" || marks.includes("no-run")) continue;
    examples.push({ where: `${name}:${start}`, code: `${lines.slice(start, at).join("\n")}\n` });
  }
  return examples;
}

/** Every example of the documentation. */
export function allExamples(): Example[] {
  const readmes = ["packages", "apps"].flatMap((shelf) => filesUnder(join(root, shelf), ["README.md"]));
  const guides = filesUnder(join(root, "docs/guides"), [".md"]);
  return [join(root, "README.md"), ...readmes, ...guides].filter(existsSync).flatMap((file) => {
    return examplesIn(relative(root, file).replaceAll("\\", "/"), readFileSync(file, "utf8"));
  });
}

/** The published libraries that show no example in their README. The programs show commands instead. */
export function withoutExample(): string[] {
  const shown = new Set(allExamples().map(({ where }) => where.slice(0, where.lastIndexOf("/"))));
  return packagesOf()
    .filter((of) => of.published && of.path.startsWith("packages/") && !shown.has(of.path))
    .map((of) => of.path);
}

/** Runs an example for at most `milliseconds`. Returns what it printed and how it ended. */
export function runExample(code: string, milliseconds: number): Promise<{ status: number | null; output: string }> {
  const args = ["--conditions=@posthorn/source", "--input-type=module-typescript", "-"];
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, {
      cwd: join(import.meta.dirname, ".."),
      env: { ...process.env, NODE_OPTIONS: "", NODE_NO_WARNINGS: "1" },
      timeout: milliseconds,
      killSignal: "SIGKILL",
    });
    let output = "";
    const take = (text: string): void => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", failed);
    child.on("close", (status) => done({ status, output }));
    child.stdin.on("error", () => {});
    child.stdin.end(code);
  });
}
