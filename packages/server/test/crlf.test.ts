/** What a message says of its line endings: DATA sees to them, BDAT only where it was asked to. */
import { standardServer } from "@posthorn/esmtp";
import { expect, onTestFinished, test } from "vitest";
import { dial, ENVELOPE, serve } from "./support.ts";

const told = async (strictBdat: boolean): Promise<{ replies: string[]; seen: string[] }> => {
  const seen: string[] = [];
  const { server, port } = await serve({
    extensions: standardServer({ strictBdat }),
    hooks: {
      content: () => ({
        write: () => true,
        end: ({ octets, crlf }) => void seen.push(`sink ${octets} ${crlf}`),
      }),
      message: ({ octets, crlf }) => void seen.push(`hook ${octets} ${crlf}`),
    },
  });
  onTestFinished(() => server.close({ grace: 0 }));
  const raw = await dial(port);
  await raw.reply();
  await raw.ask("EHLO client.example");
  const replies: string[] = [];
  for (const content of ["DATA", "BDAT 5 LAST\r\none\r\n", "BDAT 4 LAST\r\none\n"]) {
    await raw.codes(ENVELOPE);
    if (content === "DATA") await raw.ask("DATA");
    raw.send(content === "DATA" ? "a\r\n.\r\n" : content);
    replies.push((await raw.reply()).slice(0, 9));
  }
  return { replies, seen };
};

test("crlf is true by DATA, and by BDAT not known", async () => {
  const { replies, seen } = await told(false);
  expect(replies).toEqual(["250 2.0.0", "250 2.0.0", "250 2.0.0"]);
  expect(seen).toEqual(["sink 3 true", "hook 3 true", "sink 5 false", "hook 5 false", "sink 4 false", "hook 4 false"]);
});

test("with strictBdat it is true, since all else is refused", async () => {
  const { replies, seen } = await told(true);
  expect(replies).toEqual(["250 2.0.0", "250 2.0.0", "550 5.6.0"]);
  expect(seen).toEqual(["sink 3 true", "hook 3 true", "sink 5 true", "hook 5 true"]);
});
