using System.Text.RegularExpressions;

namespace Holdfast.EndToEnd.Durability;

/// <summary>One system call about files.</summary>
/// <param name="Name">As strace has it, without any suffix for directories or flags: <c>renameat2</c> is <c>rename</c>.</param>
/// <param name="Arguments">As strace words them.</param>
/// <param name="Paths">The path of the descriptor, or the paths that were given by name.</param>
/// <param name="Start">When it was entered, counted in lines of the trace.</param>
/// <param name="End">When it returned; <see cref="int.MaxValue"/> when it never did.</param>
/// <param name="Succeeded">Whether it returned without an error.</param>
internal sealed partial record FileCall(string Name, string Arguments, IReadOnlyList<string> Paths, int Start, int End, bool Succeeded)
{
    private static readonly string[] OfNames = ["open", "rename", "link", "symlink", "mkdir", "unlink", "rmdir"];

    /// <summary>Whether it puts content into a file.</summary>
    public bool IsWrite => Name is "write" or "writev" or "pwrite64" or "pwritev" or "pwritev2" or "ftruncate" or "fallocate";

    /// <summary>The path that exists after a successful call of this kind, or null.</summary>
    public string? NewName => Name is "rename" or "link" or "symlink" or "mkdir" || IsCreation ? Paths[^1] : null;

    /// <summary>The path that a successful call of this kind takes away, or null.</summary>
    public string? LostName => Name switch { "rename" => Paths[0], "unlink" or "rmdir" => Paths[0], _ => null };

    public bool IsCreation => Name == "open" && Arguments.Contains("O_CREAT", StringComparison.Ordinal);

    public bool IsExclusive => Arguments.Contains("O_EXCL", StringComparison.Ordinal);

    /// <summary>Whether it syncs the whole file system, and with it all the names and contents of a test.</summary>
    public bool IsWholeSync => Name == "syncfs";

    public static FileCall Of(string name, string arguments, string result, int start, int end)
    {
        var plain = Variant().Replace(name, string.Empty);
        var pattern = OfNames.Contains(plain, StringComparer.Ordinal) ? Quoted() : Descriptor();
        var paths = pattern.Matches(arguments).Select(match => match.Groups["path"].Value).ToList();
        return new FileCall(plain, arguments, paths, start, end, result.Length > 0 && result[0] is >= '0' and <= '9');
    }

    public bool IsSyncOf(string path) => Name is "fsync" or "fdatasync" && string.Equals(Paths[0], path, StringComparison.Ordinal);

    public override string ToString() => $"line {Start + 1}: {Name}({Arguments})";

    [GeneratedRegex("at2?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variant();

    [GeneratedRegex("\"(?<path>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex("^[0-9]+<(?<path>[^>]*)>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Descriptor();
}
