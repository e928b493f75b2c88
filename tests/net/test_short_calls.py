# SPDX-License-Identifier: MIT
"""Calls that end in the same breath in which they come up."""

import os

import wire
from bed import check
from client import LaunchClient
from fakeserver import CALL_ID, FakeServer
from registry import test
from test_failures import expect_end


def up_and_down(bed, options, sentence, kind, **fields):
    server = FakeServer(bed)
    client = LaunchClient(bed, 'noauth', before=options)
    connection = server.accept()
    connection.start_control()
    request = connection.expect(wire.OCRQ)
    connection.send_raw(wire.build(wire.OCRP, call_id=CALL_ID, peer_call_id=request.call_id) +
                        wire.build(kind, **fields))
    connection.answer()
    expect_end(client, 14, sentence)
    check(not os.path.exists(f'{client.folder}/argv'), 'pppd was started for a dead call')


@test('launch: up and stopped in one segment: status 14, the reason, no pppd')
def up_and_stopped(bed):
    up_and_down(bed, [], r'stopped the control connection', wire.STOP_RQ)


@test('launch --debug: up and disconnected in one segment: status 14, the reason, no pppd')
def up_and_disconnected(bed):
    up_and_down(bed, ['--debug'], r'disconnected the call', wire.DISCONNECT, call_id=CALL_ID,
                result=1)
