// Contenders in processes of our own: servers are asked what they used before and after each load, clients measure
// themselves.
import type { Socket } from "node:net";
import type { Job } from "./child.ts";
import { company } from "./company.ts";
import { type Generator, type Load, play } from "./load/generator.ts";
import { type Order, serve, type Served } from "./processes.ts";
import type { Contender, Sample } from "./work.ts";

/** A load without the port, which the server chooses; `units`: what a sample is for one of, if not a message. */
export type Task = Omit<Load, "port"> & {
  readonly units?: number;
  /** Nothing is sent, so that nothing can be counted. */
  readonly visits?: boolean;
};

/**
 * What each round begins with, uncounted: while others have their turn V8 takes an idle process for one that is done,
 * makes its young generation small again and forgets compiled code, which a server at work never sees.
 */
const warming = (messages: number): number => Math.ceil(messages / 5);

/** A server in a process of its own, under a load. It has to have counted the messages that were sent, if it counts. */
export async function server(name: string, order: Order, by: Generator, task: Task): Promise<Contender> {
  const start = async (): Promise<readonly [Served, Socket]> => {
    const served = await serve(order);
    return [served, await company(served.port, order.wanted?.tls?.how === "implicit")];
  };
  let [served, idle] = await start();
  const stop = async (): Promise<void> => {
    idle.destroy();
    await served.stop();
  };
  return {
    name,
    stop,
    async anew() {
      await stop();
      [served, idle] = await start();
    },
    async round(): Promise<Sample> {
      await play(by, { ...task, port: served.port, messages: warming(task.messages) });
      const before = await served.usage();
      const played = await play(by, { ...task, port: served.port });
      const after = await served.usage();
      const seen = (after.messages ?? 0) - (before.messages ?? 0);
      if (seen !== (task.visits === true ? 0 : task.messages))
        throw new Error(`${seen} of ${task.messages} messages arrived`);
      if (task.resume === true && played.resumed < played.handshakes * 0.9)
        throw new Error(`only ${played.resumed} of ${played.handshakes} handshakes were resumed`);
      const { units = task.messages } = task;
      const system = (after.system - before.system) / units;
      return {
        cpu: (after.user - before.user) / units + system,
        system,
        rate: units / played.seconds,
        peak: after.peak,
        load: (played.cpu * 1e6) / units,
      };
    },
  };
}

/** A client in a process of its own, which measures itself. */
export async function client(name: string, order: Order, job: Job): Promise<Contender> {
  let served = await serve(order);
  return {
    name,
    async anew() {
      await served.stop();
      served = await serve(order);
    },
    async round() {
      await served.perform({ ...job, messages: warming(job.messages) });
      return served.perform(job);
    },
    stop: () => served.stop(),
  };
}
