/**
 * The mechanisms of this package, as a list to compose with.
 */
import { anonymous } from "./anonymous.ts";
import { cramMd5 } from "./cram-md5.ts";
import { external } from "./external.ts";
import { login } from "./login.ts";
import type { Mechanism } from "./mechanism.ts";
import { oauthbearer } from "./oauthbearer.ts";
import { plain } from "./plain.ts";
import { scramSha1, scramSha1Plus, scramSha256, scramSha256Plus } from "./scram/mechanisms.ts";
import { xoauth2 } from "./xoauth2.ts";

/** All mechanisms of this package, strongest first. What a server offers of them is for `servable` to say. */
export const MECHANISMS: readonly Mechanism[] = [
  external,
  scramSha256Plus,
  scramSha1Plus,
  scramSha256,
  scramSha1,
  oauthbearer,
  xoauth2,
  cramMd5,
  plain,
  login,
  anonymous,
];
