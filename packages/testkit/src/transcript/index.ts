/** Transcripts as laws: the same dialogue to both machines, at every split. */
import type { Composition } from "@posthorn/session";
import type { Law } from "../law.ts";
import { playClient } from "./client.ts";
import { parseTranscript } from "./parse.ts";
import { playServer, type PlayOptions } from "./server.ts";

/** Who plays a transcript. */
export interface Players {
  readonly server?: Composition;
  readonly client?: Composition;
  /** The server's host, beside the verdicts that the transcript gives. */
  readonly options?: Omit<PlayOptions, "sizes" | "atOnce">;
}

const SIZES: readonly (readonly number[])[] = [[], [1], [2], [3], [5], [7, 1], [64, 1, 1]];

/**
 * Runs a transcript against the machines that are given and that its head allows, at several splits, and for the server
 * also with everything sent at once.
 *
 * @throws TypeError where the text is no transcript; Error where a machine says something else.
 */
export const runTranscript = (text: string, players: Players): void => {
  const transcript = parseTranscript(text);
  const { roles } = transcript;
  for (const sizes of SIZES) {
    if (players.server !== undefined && roles.includes("server")) {
      playServer(transcript, players.server, { ...players.options, sizes });
      playServer(transcript, players.server, { ...players.options, sizes, atOnce: true, delays: [1, 0, 2] });
    }
    if (players.client !== undefined && roles.includes("client")) playClient(transcript, players.client, { sizes });
  }
};

/** A transcript as a law, by its title. @throws TypeError where the text is no transcript. */
export const transcriptLaw = (text: string, players: Players): Law => ({
  name: parseTranscript(text).title,
  check() {
    runTranscript(text, players);
  },
});

export { parseTranscript, playClient, playServer };
export type { PlayOptions };
export type { ClientPlayOptions } from "./client.ts";
export type { Step, Transcript } from "./parse.ts";
