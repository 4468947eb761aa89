"""Messages and datagrams as hashicorp/memberlist 0.5.0 makes them, in hexadecimal."""

from __future__ import annotations

from apps.swim.messages import (
    Ack,
    Alive,
    Dead,
    IndirectPing,
    Message,
    Nack,
    NodeState,
    Ping,
    PushPullHeader,
    Refusal,
    Suspect,
    UserHeader,
)

H1, H3 = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 3])
VSN = bytes([1, 5, 2, 2, 5, 4])
KEY, LABEL = b"0123456789abcdef", b"blue"
LONG_NAME = "a-name-that-is-longer-than-thirty-one-bytes"

MESSAGES: dict[str, Message] = {
    "ping": Ping(42, "h1", H1, 7946, "h2"),
    "ping-old": Ping(1, "h1"),
    "indirect": IndirectPing(70000, H3, 7946, "h3", True, H1, 7946, "h1"),
    "ack": Ack(42, b"x"),
    "ack-none": Ack(42),
    "nack": Nack(42),
    "suspect": Suspect(3, "h1", "h2"),
    "alive": Alive(4_000_000_000, LONG_NAME, H1, 7946, bytes([255, 0x81]), VSN),
    "dead": Dead(3, "h1", "h1"),
    "pushpull": PushPullHeader(2, 10, True),
    "user": UserHeader(7),
    "err": Refusal("no"),
    "state": NodeState("h1", H1, 7946, b"", 1, 1, VSN),
}
"""The messages; a state of a node has no type byte of its own."""

BYTES: dict[str, bytes] = {
    name: bytes.fromhex(text)
    for name, text in {
        "ping": (
            "0085a44e6f6465a26831a55365714e6f2aaa536f7572636541646472a40a000001aa536f75726365"
            "4e6f6465a26832aa536f75726365506f7274cd1f0a"
        ),
        "ping-old": "0082a44e6f6465a26831a55365714e6f01",
        "indirect": (
            "0188a44e61636bc3a44e6f6465a26833a4506f7274cd1f0aa55365714e6fce00011170aa536f7572"
            "636541646472a40a000001aa536f757263654e6f6465a26831aa536f75726365506f7274cd1f0aa6"
            "546172676574a40a000003"
        ),
        "ack": "0282a75061796c6f6164a178a55365714e6f2a",
        "ack-none": "0282a75061796c6f6164c0a55365714e6f2a",
        "nack": "0b81a55365714e6f2a",
        "suspect": "0383a446726f6da26832ab496e6361726e6174696f6e03a44e6f6465a26831",
        "alive": (
            "0486a441646472a40a000001ab496e6361726e6174696f6eceee6b2800a44d657461a2ff81a44e6f"
            "6465da002b612d6e616d652d746861742d69732d6c6f6e6765722d7468616e2d7468697274792d6f"
            "6e652d6279746573a4506f7274cd1f0aa356736ea6010502020504"
        ),
        "dead": "0583a446726f6da26831ab496e6361726e6174696f6e03a44e6f6465a26831",
        "pushpull": "0683a44a6f696ec3a54e6f64657302ac5573657253746174654c656e0a",
        "user": "0881aa557365724d73674c656e07",
        "err": "0d81a54572726f72a26e6f",
        "state": (
            "87a441646472a40a000001ab496e6361726e6174696f6e01a44d657461c0a44e616d65a26831a450"
            "6f7274cd1f0aa5537461746501a356736ea6010502020504"
        ),
        "compound": (
            "0703003d001f006b0085a44e6f6465a26831a55365714e6f2aaa536f7572636541646472a40a0000"
            "01aa536f757263654e6f6465a26832aa536f75726365506f7274cd1f0a0383a446726f6da26832ab"
            "496e6361726e6174696f6e03a44e6f6465a268310486a441646472a40a000001ab496e6361726e61"
            "74696f6eceee6b2800a44d657461a2ff81a44e6f6465da002b612d6e616d652d746861742d69732d"
            "6c6f6e6765722d7468616e2d7468697274792d6f6e652d6279746573a4506f7274cd1f0aa356736e"
            "a6010502020504"
        ),
        "compressed": (
            "0982a4416c676f00a3427566da00bb000f0c00d003c007006b001422e5e40d9932a2d0c42835a54c"
            "9c862a544d795347ce983241c89091434a010000013472f458a6e1c388325476fc08e58d1c3acd3e"
            "281830889411396fdac05c95c4cd983072dc84a193e68d9b010c1d429448c010a990234b9e0c40d4"
            "2852a54c9d3a73b7060500524dcad00923ea5fa0a80fb5015811a685d236655ad041b3b4459a392d"
            "d8383d53468e5ebe6e0ea7b999a785d3bc62f2d029338754cd9b39158cb232c78da9000504082840"
            "2020"
        ),
        "sealed0": (
            "007df71b3a6730a4ffdd7c674ad70b641b1ae70763dd6b3ef9e0336d56e9e62d37a2d0bd4148e1be"
            "ee7f58fb6d347d69cc8a0050ecd3bcf86b5564ff861a6522c9a9baf53d2f1cb7df1e35c6a8c7e61e"
            "03463380591037d68da2fedf10"
        ),
        "sealed1": (
            "01c155ba52299e4d3e8d0164c1fe30c86138512cb3e88a1a674f4c198f53d6df2546ccf89c246759"
            "e424897b45fab69f49ce39184d7f618357bda167985c4d67ab65dce7a65cb8a550ce2ccb0d1da276"
            "0a48879eec11249923a0"
        ),
        "label": (
            "f404626c75650085a44e6f6465a26831a55365714e6f2aaa536f7572636541646472a40a000001aa"
            "536f757263654e6f6465a26832aa536f75726365506f7274cd1f0a"
        ),
    }.items()
}
"""What memberlist makes of them, a compound of three, the same compressed, and the ping under encryption and label."""
