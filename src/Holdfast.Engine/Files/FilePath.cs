using System.Text;
using System.Text.Json.Serialization;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Files;

/// <summary>
/// A path as Linux has it: bytes other than NUL, which need not be UTF-8. Immutable. Repeated slashes, "." components and
/// trailing slashes are dropped; ".." stays, because the parent of a symbolic link is only known to the kernel, except in
/// <see cref="Absolute"/>, which resolves it by text as shells and restic do.
/// </summary>
[JsonConverter(typeof(FilePathConverter))]
public sealed class FilePath : IEquatable<FilePath>, IComparable<FilePath>
{
    private const byte Slash = (byte)'/';
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // With a terminating NUL, so that a system call needs no copy.
    private readonly byte[] _terminated;

    private FilePath(byte[] terminated) => _terminated = terminated;

    /// <summary>The root directory.</summary>
    public static FilePath Root { get; } = new("/\0"u8.ToArray());

    /// <summary>The raw bytes, without a terminating NUL.</summary>
    public ReadOnlyMemory<byte> Bytes => _terminated.AsMemory(0, _terminated.Length - 1);

    public ReadOnlySpan<byte> Span => _terminated.AsSpan(0, _terminated.Length - 1);

    /// <summary>True when the path starts at the root.</summary>
    public bool IsAbsolute => _terminated[0] == Slash;

    public bool IsRoot => Span.SequenceEqual("/"u8);

    /// <summary>The last component; empty for the root.</summary>
    public ReadOnlyMemory<byte> Name => Bytes[(Span.LastIndexOf(Slash) + 1)..];

    /// <summary>The path without its last component; null for the root and for a relative path of one component.</summary>
    public FilePath? Parent
    {
        get
        {
            var cut = Span.LastIndexOf(Slash);
            if (IsRoot || cut < 0) return null;
            return cut == 0 ? Root : new FilePath(Terminate(Span[..cut]));
        }
    }

    /// <summary>The components in order, without slashes; none for the root.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Components
    {
        get
        {
            var parts = new List<ReadOnlyMemory<byte>>();
            foreach (var range in Span.Split(Slash))
                if (!Span[range].IsEmpty) parts.Add(Bytes[range]);
            return parts;
        }
    }

    /// <summary>The path made harmless for a terminal and for quotes; see <see cref="PrintableName"/>.</summary>
    public string Display => PrintableName.Escape(Span);

    /// <summary>The bytes with a terminating NUL, for system calls.</summary>
    internal ReadOnlySpan<byte> Terminated => _terminated;

    public static bool operator ==(FilePath? left, FilePath? right) => left is null ? right is null : left.Equals(right);

    public static bool operator !=(FilePath? left, FilePath? right) => !(left == right);

    /// <exception cref="HoldfastException">Usage: the text is empty, contains NUL or an unpaired surrogate.</exception>
    public static FilePath From(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            return From(StrictUtf8.GetBytes(path));
        }
        catch (EncoderFallbackException e)
        {
            throw new HoldfastException(FailureKind.Usage, "a path is not valid Unicode text", null, e);
        }
    }

    /// <exception cref="HoldfastException">Usage: the path is empty or contains NUL.</exception>
    public static FilePath From(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty) throw new HoldfastException(FailureKind.Usage, "a path is empty");
        if (path.Contains((byte)0))
            throw new HoldfastException(FailureKind.Usage, $"the path \"{PrintableName.Escape(path)}\" contains a NUL byte");
        return IsTidy(path) ? new FilePath(Terminate(path)) : Build(path, resolveParents: false);
    }

    /// <summary>The path below <paramref name="currentDirectory"/> unless absolute itself, with ".." resolved by text.</summary>
    /// <exception cref="HoldfastException">Usage: as <see cref="From(string)"/>.</exception>
    public static FilePath Absolute(string path, FilePath currentDirectory) => Absolute(From(path), currentDirectory);

    /// <inheritdoc cref="Absolute(string, FilePath)"/>
    public static FilePath Absolute(FilePath path, FilePath currentDirectory)
    {
        if (!currentDirectory.IsAbsolute) throw new ArgumentException("the current directory is absolute", nameof(currentDirectory));
        if (path.IsAbsolute) return Build(path.Span, resolveParents: true);
        return Build([.. currentDirectory.Span, Slash, .. path.Span], resolveParents: true);
    }

    /// <summary>
    /// Adds one component. A name that would lead elsewhere ("..", "a/b") is refused, because names come from repositories too.
    /// </summary>
    /// <exception cref="HoldfastException">Failed: not a single component.</exception>
    public FilePath Combine(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.ContainsAny(Slash, (byte)0) || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            throw new HoldfastException(FailureKind.Failed, $"\"{PrintableName.Escape(name)}\" is not a file name");
        var slash = IsRoot ? 0 : 1;
        var bytes = new byte[Span.Length + slash + name.Length + 1];
        Span.CopyTo(bytes);
        bytes[Span.Length + slash - 1] = Slash;
        name.CopyTo(bytes.AsSpan(Span.Length + slash));
        return new FilePath(bytes);
    }

    /// <inheritdoc cref="Combine(ReadOnlySpan{byte})"/>
    public FilePath Combine(string name) => Combine(StrictUtf8.GetBytes(name));

    /// <summary>This path with <paramref name="suffix"/> appended to its last component: "app.db" and "-wal" give "app.db-wal".</summary>
    public FilePath WithSuffix(string suffix) => From([.. Span, .. StrictUtf8.GetBytes(suffix)]);

    /// <summary>True when this path is below <paramref name="other"/> or equal to it, by text; both are taken as normalised.</summary>
    public bool IsUnder(FilePath other)
    {
        if (!Span.StartsWith(other.Span)) return false;
        return other.IsRoot || Span.Length == other.Span.Length || Span[other.Span.Length] == Slash;
    }

    /// <summary>The same place below another folder.</summary>
    /// <param name="from">What this path is under.</param>
    /// <param name="to">What it is to be under.</param>
    public FilePath Rebase(FilePath from, FilePath to) =>
        Components.Skip(from.Components.Count).Aggregate(to, (folder, name) => folder.Combine(name.Span));

    /// <summary>The path as text; bytes that are not UTF-8 become U+FFFD. Not for system calls, not for terminals.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Span);

    public bool Equals(FilePath? other) => other is not null && Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => Equals(obj as FilePath);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(Span);
        return hash.ToHashCode();
    }

    /// <summary>Orders by raw bytes.</summary>
    public int CompareTo(FilePath? other) => other is null ? 1 : Span.SequenceCompareTo(other.Span);

    private static byte[] Terminate(ReadOnlySpan<byte> path)
    {
        var bytes = new byte[path.Length + 1];
        path.CopyTo(bytes);
        return bytes;
    }

    private static bool IsTidy(ReadOnlySpan<byte> path) =>
        path.IndexOf("//"u8) < 0 && path.IndexOf("/./"u8) < 0 && !path.StartsWith("./"u8) && !path.EndsWith("/."u8)
        && (path.Length == 1 || path[^1] != Slash);

    private static FilePath Build(ReadOnlySpan<byte> path, bool resolveParents)
    {
        var absolute = path[0] == Slash;
        var parts = new List<Range>();
        foreach (var range in path.Split(Slash))
        {
            var part = path[range];
            if (part.IsEmpty || part.SequenceEqual("."u8)) continue;
            if (!resolveParents || !part.SequenceEqual(".."u8)) parts.Add(range);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
        }

        if (parts.Count == 0) return absolute ? Root : new FilePath(Terminate("."u8));
        var bytes = new List<byte>(path.Length + 1);
        foreach (var part in parts)
        {
            if (absolute || bytes.Count > 0) bytes.Add(Slash);
            bytes.AddRange(path[part]);
        }

        bytes.Add(0);
        return new FilePath([.. bytes]);
    }
}
