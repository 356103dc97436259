using System.Globalization;
using System.Security.Cryptography;
using Holdfast.Engine.Databases.Sqlite;
using Holdfast.Engine.Files;
using Holdfast.Engine.RestorePoints;

namespace Holdfast.Engine.Restores.Exchanges;

/// <summary>The names of old files that are kept beside the new ones, <c>NAME.before-restore-TIME</c>, until those have proven themselves.</summary>
internal static class KeptName
{
    private const string Mark = RestoreFileNames.KeptMark;

    private const int LongestName = 255;
    private const int KeptOfLongName = 150;

    /// <summary>A file of this name is an old one that a restore keeps or kept.</summary>
    internal static bool IsOne(ReadOnlySpan<byte> name) => RestoreFileNames.IsKept(name);

    internal static string TimeOf(DateTimeOffset time) => time.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);

    /// <summary>A name that is free, also for the journals of a database.</summary>
    internal static FilePath FreeFor(FilePath path, string time)
    {
        for (var number = 1; ; number++)
        {
            var suffix = $"{Mark}{time}{(number == 1 ? string.Empty : $"-{number}")}";
            var kept = Short(path, suffix.Length).WithSuffix(suffix);
            if (!FileSystem.Exists(kept)) return kept;
        }
    }

    /// <summary>A free name for what has taken the place of a kept file and is put aside when that one comes back.</summary>
    internal static FilePath FreeAsideFor(FilePath kept, FilePath present)
    {
        var identity = SecondName.Identity(present);
        for (var number = 1; ; number++)
        {
            var aside = AsideName(kept, number);
            // After a kill halfway it may have this name already.
            if (SecondName.Identity(aside) is not { } taken || taken == identity) return aside;
        }
    }

    /// <summary>
    /// What was put aside when a kept file came back, by this process or by one that was killed meanwhile: files, and the journals of databases.
    /// </summary>
    internal static IReadOnlyList<FilePath> AsideOf(FilePath kept)
    {
        var found = new List<FilePath>();
        for (var number = 1; ; number++)
        {
            var aside = AsideName(kept, number);
            var there = new[] { aside, aside.WithSuffix(SqliteRelatedFiles.Wal), aside.WithSuffix(SqliteRelatedFiles.RollbackJournal) }.Where(FileSystem.Exists).ToList();
            if (there.Count == 0) return found;
            found.AddRange(there);
        }
    }

    private static FilePath AsideName(FilePath kept, int number) => kept.WithSuffix(number == 1 ? ".replaced" : $".replaced-{number}");

    private static FilePath Short(FilePath path, int more)
    {
        var name = path.Name.Span;
        if (name.Length + more + SqliteRelatedFiles.RollbackJournal.Length <= LongestName) return path;
        var hash = System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(name).AsSpan(0, 8)));
        return (path.Parent ?? FilePath.From(".")).Combine((byte[])[.. name[..KeptOfLongName], (byte)'~', .. hash]);
    }
}
