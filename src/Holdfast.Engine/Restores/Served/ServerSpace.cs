using Holdfast.Engine.Databases.Postgres;
using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Served;

/// <summary>The room on the disk of a server. Known only of one on this machine, which is reached by a socket.</summary>
internal sealed class ServerSpace(PostgresMaintenance maintenance)
{
    /// <summary>Null when nobody knows.</summary>
    internal async Task<SpaceDemand?> ForAsync(long bytes, CancellationToken cancellationToken)
    {
        if (maintenance.Server.Host is not ['/', ..]) return null;
        if (await maintenance.DataDirectoryAsync(cancellationToken).ConfigureAwait(false) is not ['/', ..] folder) return null;
        try
        {
            // A socket may lead into a container, whose folders are not here.
            var place = FilePath.From(folder);
            return FileSystem.Exists(place) ? SpaceDemand.At(place, bytes) : null;
        }
        catch (HoldfastException)
        {
            // Not for this user to see: then it is not known.
            return null;
        }
    }
}
