namespace Holdfast.Tests.Restic.Trees;

/// <summary>Nodes as restic 0.14 wrote them (section 7.6 of the format).</summary>
internal static class SampleNodes
{
    public static readonly string[] All =
    [
        """{"name":"plain.txt","type":"file","mode":420,"mtime":"2020-09-13T14:26:40.123456789+02:00","atime":"2020-09-13T14:26:40.123456789+02:00","ctime":"2026-11-20T05:51:50.770636318+01:00","uid":0,"gid":0,"user":"root","group":"root","inode":11665462,"device_id":65024,"links":1,"content":[]}""",
        """{"name":"hello.txt","type":"file","mode":420,"mtime":"2020-09-13T14:26:40.1+02:00","atime":"2020-09-13T14:26:40.1+02:00","ctime":"2026-11-20T05:51:50.774556107+01:00","uid":0,"gid":0,"user":"root","group":"root","inode":11665908,"device_id":65024,"size":13,"links":2,"extended_attributes":[{"name":"user.foo","value":"YmFyPP8+"},{"name":"user.empty","value":""}],"content":["fbbd69198637d5360353c39796181175de6311c2a61abe2fe6392c938018660f"]}""",
        """{"name":"emptydir","type":"dir","mode":2147484141,"mtime":"2026-11-20T05:51:50.771751881+01:00","atime":"2026-11-20T05:51:50.771751881+01:00","ctime":"2026-11-20T05:51:50.771751881+01:00","uid":0,"gid":0,"user":"root","group":"root","inode":11665972,"device_id":65024,"content":null,"subtree":"ac08ce34ba4f8123618661bef2425f7028ffb9ac740578a3ee88684d2523fee8"}""",
        """{"name":"sym","type":"symlink","mode":134218239,"mtime":"2026-11-20T05:51:50.771751881+01:00","atime":"2026-11-20T05:51:50.771751881+01:00","ctime":"2026-11-20T05:51:50.771751881+01:00","uid":0,"gid":0,"user":"root","group":"root","inode":11665925,"device_id":65024,"links":1,"linktarget":"hello.txt","content":null}""",
        """{"name":"fifo","type":"fifo","mode":33554852,"mtime":"2026-11-20T05:51:50.771751881+01:00","atime":"2026-11-20T05:51:50.771751881+01:00","ctime":"2026-11-20T05:51:50.771751881+01:00","uid":0,"gid":0,"user":"root","group":"root","inode":11665956,"device_id":65024,"content":null}""",
        """{"name":"blk","type":"dev","mode":67109248,"mtime":"2026-11-20T05:51:50.772368826+01:00","atime":"2026-11-20T05:51:50.772368826+01:00","ctime":"2026-11-20T05:51:50.772368826+01:00","uid":0,"gid":0,"user":"root","group":"root","inode":11666052,"device_id":65024,"links":1,"device":2049,"content":null}""",
        """{"name":"chr","type":"chardev","mode":69206436,"mtime":"2026-11-20T05:51:50.772368826+01:00","atime":"2026-11-20T05:51:50.772368826+01:00","ctime":"2026-11-20T05:51:50.772368826+01:00","uid":0,"gid":0,"user":"root","group":"root","inode":11666068,"device_id":65024,"links":1,"device":259,"content":null}""",
        """{"name":"zerofrac","type":"file","mode":420,"mtime":"2023-11-14T23:13:20+01:00","atime":"2023-11-14T23:13:20+01:00","ctime":"2026-11-20T05:51:50.774834825+01:00","uid":4242,"gid":4343,"inode":11666115,"device_id":65024,"size":1,"links":1,"content":["65c74c15a686187bb6bbf9958f494fc6b80068034a659a9ad44991b08c58f2d2"]}""",
    ];

    /// <summary>A tree of the given nodes.</summary>
    public static string Tree(params string[] nodes) => $"{{\"nodes\":[{string.Join(',', nodes)}]}}\n";
}
