"""An SMTP server for tests: prints its port, then every mail it takes, as JSON lines on standard output."""

import asyncio
import json
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP


def say(value):
    print(json.dumps(value), flush=True)


class Handler:
    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        part = lambda kind: (body := message.get_body((kind,))) and body.get_content() or ""
        say({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": message["subject"] or "",
            "text": part("plain"),
            "html": part("html"),
        })
        return "250 OK"


async def main():
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(Handler(), hostname="localhost", enable_SMTPUTF8=True)
    server = await loop.create_server(make, "127.0.0.1", int(sys.argv[1]))
    say(server.sockets[0].getsockname()[1])
    # The test holds the other end of standard input; when it is gone, so is this.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
