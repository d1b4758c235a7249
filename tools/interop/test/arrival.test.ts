// What decides a case must be able to fail: trace fields are taken away, and nothing else.
import { latin1, join, type Sample, samples } from "@posthorn/demo";
import { expect, test } from "vitest";
import { judge, withoutTrace } from "../src/arrival.ts";

const sample: Sample = {
  name: "one",
  from: "ada@demo.example",
  to: ["bob@demo.example"],
  by: "DATA",
  octets: latin1("Date: today\r\nReceived: kept, because it is behind a field of the message\r\n\r\nbody\r\n"),
};
const trace = latin1(
  "Return-Path: <ada@demo.example>\r\nDelivered-To: bob@demo.example\r\n" +
    "Received: from relay ([127.0.0.1])\r\n\tby mail.demo.example\r\n" +
    "Received: from client\n\tby relay;\n today\n",
);

test("trace fields of every program on the way are taken away, whatever their line endings", () => {
  expect(Buffer.from(withoutTrace(join(trace, sample.octets))).equals(sample.octets)).toBe(true);
  for (const { octets } of samples()) expect(withoutTrace(octets)).toEqual(Buffer.from(octets));
});

test("a copy is judged octet by octet, and all copies must be there", () => {
  const stored = join(trace, sample.octets);
  expect(judge(sample, [stored])).toBeUndefined();
  expect(judge(sample, [])).toContain("0 copies");
  expect(judge(sample, [stored, stored])).toContain("2 copies");
  const flipped = stored.map((octet, at) => (at === stored.length - 3 ? octet ^ 1 : octet));
  expect(judge(sample, [flipped])).toContain(`octet ${sample.octets.length - 3}`);
  expect(judge(sample, [join(trace, latin1("X-Added: 1\r\n"), sample.octets)])).toBeDefined();
  const two = { ...sample, to: ["bob@demo.example", "carol@demo.example"] };
  expect(judge(two, [stored, flipped])).toBeDefined();
});
