using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast.Testing;

/// <summary>
/// Makes directory trees with everything that is awkward to save. Names are strings in which the characters U+DC80 to U+DCFF
/// stand for the bytes 0x80 to 0xFF (the "surrogateescape" convention), so that names need not be UTF-8.
/// </summary>
public sealed class SyntheticTree(string root)
{
    public string Root { get; } = root;

    /// <summary>Fills a directory with one of everything; extended attributes only where the file system keeps them.</summary>
    public static SyntheticTree Awkward(string root)
    {
        var tree = new SyntheticTree(root);
        tree.Directory("plain").File("plain/hello.txt", "hello\n"u8).File("plain/empty", []);
        tree.File("plain/large", RandomBytes(1, 3_000_000)).File("plain/zeros", new byte[1_000_000]);
        tree.Directory("names").File("names/caf\udce9", "Latin-1 name"u8).File("names/new\nline", "x"u8).File("names/\u001b[31mred", "x"u8);
        tree.File("names/quote\"back\\slash", "x"u8).File("names/ leading and trailing ", "x"u8).File("names/日本語-🜁", "x"u8);
        tree.File("names/" + new string('n', 255), "longest name"u8).File("names/-rf", "x"u8).Directory("names/\udcff\udcfe dir");
        tree.File("names/\udcff\udcfe dir/inside", "x"u8);
        tree.Directory("modes").File("modes/setuid", "x"u8).Mode("modes/setuid", 0x9ED).File("modes/none", "x"u8).Mode("modes/none", 0);
        tree.Directory("modes/sticky").Mode("modes/sticky", 0x3FF).Directory("modes/setgid").Mode("modes/setgid", 0x5ED);
        tree.Directory("links").SymbolicLink("links/relative", "../plain/hello.txt").SymbolicLink("links/dangling", "nowhere");
        tree.SymbolicLink("links/raw", "caf\udce9").SymbolicLink("links/loop", "loop").SymbolicLink("links/directory", "/");
        tree.HardLink("links/hard", "plain/hello.txt").Fifo("links/fifo");
        tree.Directory("sparse").Sparse("sparse/hole", 50_000_000, (0, "head"u8.ToArray()), (30_000_000, "middle"u8.ToArray()));
        tree.Sparse("sparse/only-hole", 5_000_000);
        tree.Directory("times").File("times/nano", "x"u8).ModifiedAt("times/nano", 1_600_000_000, 123_456_789);
        tree.File("times/before-1970", "x"u8).ModifiedAt("times/before-1970", -1_000_000, 1).File("times/far", "x"u8).ModifiedAt("times/far", 4_000_000_000, 999_999_999);
        tree.SymbolicLink("times/link", "nano").ModifiedAt("times/link", 1_500_000_000, 5);
        tree.Directory("empty-directory").ModifiedAt("empty-directory", 1_400_000_000, 7);
        if (!tree.SupportsAttributes()) return tree;
        tree.Directory("attributes").File("attributes/two", "x"u8).Attribute("attributes/two", "user.first", "value"u8);
        tree.Attribute("attributes/two", "user.binary", [0, 255, 10]).Attribute("attributes", "user.empty", []);
        return tree;
    }

    /// <summary>Bytes that do not compress and are the same for the same seed.</summary>
    public static byte[] RandomBytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A directory with mode 0755.</summary>
    public SyntheticTree Directory(string path) => Check(LibC.MakeDirectory(Raw(path), 0x1ED), path);

    /// <summary>A file with mode 0644, or the existing one with new content.</summary>
    public SyntheticTree File(string path, ReadOnlySpan<byte> content)
    {
        var file = LibC.Create(Raw(path), 0x1A4);
        Check(file, path);
        WriteAt(file, content, 0, path);
        return Check(LibC.Close(file), path);
    }

    /// <summary>A file of the given length with holes between the pieces.</summary>
    public SyntheticTree Sparse(string path, long length, params (long Offset, byte[] Content)[] pieces)
    {
        var file = LibC.Create(Raw(path), 0x1A4);
        Check(file, path);
        Check(LibC.SetLength(file, length), path);
        foreach (var (offset, content) in pieces) WriteAt(file, content, offset, path);
        return Check(LibC.Close(file), path);
    }

    public SyntheticTree SymbolicLink(string path, string target) => Check(LibC.SymbolicLink(Bytes(target), Raw(path)), path);

    public SyntheticTree HardLink(string path, string existing) => Check(LibC.HardLink(Raw(existing), Raw(path)), path);

    public SyntheticTree Fifo(string path) => Check(LibC.MakeFifo(Raw(path), 0x1A4), path);

    /// <param name="mode">Permission, set-id and sticky bits as in chmod(2).</param>
    public SyntheticTree Mode(string path, uint mode) => Check(LibC.ChangeMode(Raw(path), mode), path);

    /// <summary>Sets an extended attribute; not every file system keeps "user." ones (see <see cref="SupportsAttributes"/>).</summary>
    public SyntheticTree Attribute(string path, string name, ReadOnlySpan<byte> value) =>
        Check(LibC.SetAttribute(Raw(path), Bytes(name), value, value.Length, 0), path);

    /// <summary>True where the file system of this tree keeps user attributes.</summary>
    public bool SupportsAttributes() =>
        LibC.SetAttribute(Bytes(Root), Bytes("user.holdfast.probe"), "1"u8, 1, 0) == 0
        && LibC.SetAttribute(Bytes(Root), Bytes("user.holdfast.probe"), [], 0, 0) == 0;

    /// <summary>Sets the modification time (and the same access time) of a file, a directory or a link itself.</summary>
    public SyntheticTree ModifiedAt(string path, long unixSeconds, int nanoseconds)
    {
        var time = new LibC.TimeSpec(unixSeconds, nanoseconds);
        return Check(LibC.SetTimes(LibC.CurrentDirectory, Raw(path), [time, time], LibC.NotFollowingLinks), path);
    }

    /// <summary>The bytes of a name, with a zero byte at the end.</summary>
    public static byte[] Bytes(string text)
    {
        var bytes = new List<byte>(text.Length + 1);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is >= '\udc80' and <= '\udcff' && (i == 0 || !char.IsHighSurrogate(text[i - 1])))
            {
                bytes.Add((byte)(text[i] - '\udc00'));
                continue;
            }

            var length = char.IsHighSurrogate(text[i]) ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, length)));
            i += length - 1;
        }

        bytes.Add(0);
        return [.. bytes];
    }

    private byte[] Raw(string path) => Bytes(Root + "/" + path);

    private static void WriteAt(int file, ReadOnlySpan<byte> content, long offset, string path)
    {
        while (!content.IsEmpty)
        {
            var count = (int)LibC.Write(file, content, content.Length, offset);
            Check(count, path);
            content = content[count..];
            offset += count;
        }
    }

    private static void Check(long result, string path)
    {
        if (result >= 0) return;
        throw new IOException($"cannot make {path}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
    }

    private SyntheticTree Check(int result, string path)
    {
        Check((long)result, path);
        return this;
    }
}
