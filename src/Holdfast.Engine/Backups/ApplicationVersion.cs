using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Processes;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Backups;

/// <summary>Finds out the version of the application. A backup never fails for want of it.</summary>
internal static class ApplicationVersion
{
    private const int LongestVersion = 200;
    private const int LongestFile = 64 * 1024;

    /// <summary>A program that only prints its version needs no more.</summary>
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);

    /// <returns>One line; null when nobody says or it cannot be had, and the log says why.</returns>
    internal static async Task<string?> ReadAsync(VersionDeclaration? declared, HookProgram programs, BackupLog log, CancellationToken cancellationToken)
    {
        try
        {
            return declared switch
            {
                null => null,
                VersionDeclaration.Literal(var text) => text,
                VersionDeclaration.InFile(var path) => FirstLine(Encoding.UTF8.GetString(FileSystem.ReadAllBytes(FilePath.From(path), LongestFile)), "the file"),
                VersionDeclaration.Command(var words) => await AskAsync(words, programs, cancellationToken).ConfigureAwait(false),
                _ => throw new ArgumentException("unknown kind of version", nameof(declared)),
            };
        }
        catch (HoldfastException error)
        {
            log.Notice($"the application's version is not known: {error.Message}");
            return null;
        }
    }

    private static async Task<string> AskAsync(IReadOnlyList<string> words, HookProgram programs, CancellationToken cancellationToken)
    {
        var result = await programs.AskAsync(words, _timeout, cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0
            ? FirstLine(result.OutputText, Quoted.Text(words[0]))
            : throw new HoldfastException(FailureKind.Failed, $"{Quoted.Text(words[0])} failed with exit code {result.ExitCode}{OutputTail.InLines(result)}");
    }

    private static string FirstLine(string text, string shown)
    {
        var line = text.TrimStart('\uFEFF').Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0)
            ?? throw new HoldfastException(FailureKind.Failed, $"{shown} says nothing");
        return Quoted.Escape(line, LongestVersion);
    }
}
