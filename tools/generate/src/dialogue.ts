// The dialogue table and the state diagram of docs/architecture.md, from the rows that the machines run on.
import type { AnyVerb, Choice, Move, Moves } from "@posthorn/contract";
import { standardServer } from "@posthorn/esmtp";
import { nodeCrypto } from "@posthorn/node";
import { compose, type Row } from "@posthorn/session";
import { between, type Generated, type Generator, table } from "./generator.ts";

const composition = compose(standardServer({ auth: { mechanisms: [], crypto: nodeCrypto } }));

const ownerOf = ({ owner }: Row): string => composition.specs[owner]?.keyword ?? "";

const classes = [2, 4, 5] as const;

const movesOf = (move: Move | Choice<unknown> | undefined): readonly Move[] => {
  if (move === undefined) return [];
  return move.of ?? [move];
};

const say = (move: Move): string => {
  if (move.upgrade !== undefined) return "upgrade, then connected; forgets security";
  return move.forgets === undefined ? move.to : `${move.to}; forgets ${move.forgets}`;
};

/** `2 mail; 4,5 same`: classes that do the same stand together. */
const sayMoves = (moves: Moves<unknown>, opens: string | undefined): string => {
  const groups = new Map<string, number[]>();
  for (const cls of classes) {
    const text = movesOf(moves[cls]).map(say).join(" or ");
    if (text !== "") groups.set(text, [...(groups.get(text) ?? []), cls]);
  }
  const parts = [...groups].map(([text, of]) => `${of.join(",")} ${text}`);
  return (opens === undefined ? parts : [...parts, `3 ${opens}`]).join("; ");
};

const intake = ({ intake: octets }: AnyVerb): string => {
  if (octets === undefined) return "";
  const recipients = octets.answers === undefined ? "" : ", in LMTP a reply a recipient";
  return `${octets.carries}, ${octets.opens}${recipients}`;
};

const cells = (row: Row): readonly string[] => {
  const { verb } = row;
  return [
    verb.name,
    ownerOf(row),
    verb.from.map((from) => `\`${from}\``).join(" "),
    verb.group,
    sayMoves(verb.on, verb.on[3]),
    intake(verb),
    verb.intake === undefined ? "" : sayMoves(verb.intake.then, verb.intake.then[3]),
  ];
};

/** Every arrow of the diagram: from one phase to another, with what causes it. Verbs that are legal anywhere start at `any`. */
const arrows = (rows: readonly Row[]): readonly string[] => {
  const lines = new Map<string, string[]>();
  for (const { verb } of rows) {
    for (const cls of classes) {
      const moves = [...movesOf(verb.on[cls]), ...movesOf(verb.intake?.then[cls])];
      for (const move of moves) {
        const to = move.upgrade === undefined ? move.to : "connected";
        if (to === "same") continue;
        for (const from of verb.from) {
          const arrow = `${state(from)} --> ${state(to)}`;
          const cause = `${verb.name} ${cls}yz`;
          const causes = lines.get(arrow) ?? [];
          if (!causes.includes(cause)) lines.set(arrow, [...causes, cause]);
        }
      }
    }
  }
  return [...lines].map(([arrow, causes]) => `  ${arrow}: ${causes.join(", ")}`);
};

const state = (phase: string): string => (phase === "*" ? "any" : phase.replace(":", "_"));

const diagram = (rows: readonly Row[]): string =>
  [
    "```mermaid",
    "stateDiagram-v2",
    "  [*] --> connected: 220",
    "  [*] --> refused: 554",
    ...arrows(rows),
    "  closing --> [*]",
    "```",
  ].join("\n");

/** The table of the standard composition. */
export const dialogue: Generator = {
  name: "dialogue",
  run(root): Generated[] {
    const head = ["verb", "of", "legal in", "group", "reply before octets", "octets", "reply after them"];
    return between(root, "docs/architecture.md", "dialogue", table(head, composition.rows.map(cells)));
  },
};

/** The diagram of its phases. */
export const phases: Generator = {
  name: "phases",
  run: (root): Generated[] => between(root, "docs/architecture.md", "phases", diagram(composition.rows)),
};
