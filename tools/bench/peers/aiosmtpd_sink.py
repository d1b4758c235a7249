"""A server of aiosmtpd that throws away what it takes. Says its port on standard output."""

import asyncio

from aiosmtpd.smtp import SMTP


class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()

    def protocol():
        return SMTP(Sink(), hostname="aiosmtpd.example", data_size_limit=26214400, enable_SMTPUTF8=True, loop=loop)

    server = await loop.create_server(protocol, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
