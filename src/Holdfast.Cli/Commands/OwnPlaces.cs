using Holdfast.Engine.Files;
using Holdfast.Engine.Secrets;

namespace Holdfast.Cli.Commands;

/// <summary>What of Holdfast's own must not end up in a backup: the repositories, and the key that would lock itself in.</summary>
internal static class OwnPlaces
{
    internal static IReadOnlyList<FilePath> Of(Session session, FilePath repository)
    {
        var places = new List<FilePath> { repository, session.StateFolder };
        if (session.Manifest is { } manifest) places.AddRange(manifest.Application.Repositories.Select(other => FilePath.From(other.Path)));
        if (session.PassphraseSource() is PassphraseSource.SecretFile(var file))
        {
            places.Add(FilePath.From(file));
            places.Add(FilePath.From(file).WithSuffix(InitCommand.RecoverySheetSuffix));
        }

        return [.. places.Select(Resolved).Concat(places).Distinct()];
    }

    /// <summary>The place behind symbolic links, as a walk would meet it.</summary>
    private static FilePath Resolved(FilePath path) => FileSystem.Exists(path) ? FileSystem.RealPath(path) : path;
}
