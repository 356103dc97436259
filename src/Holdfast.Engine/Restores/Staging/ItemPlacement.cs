using Holdfast.Engine.Files;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Restores.Staging;

/// <summary>What restores to a target and in place do alike: links, special files, metadata of folders, and to say what was lost.</summary>
internal sealed class ItemPlacement(RestoreLog log)
{
    private readonly NodeWriter _metadata = new();
    private readonly HashSet<FilePath> _lost = [];
    private readonly Lock _gate = new();

    internal bool IsLost(RestoreItem item)
    {
        lock (_gate) return _lost.Contains(item.Source);
    }

    /// <summary>Remembers and tells that an item is not restored. Thread-safe.</summary>
    internal void Lose(RestoreItem item, string why)
    {
        lock (_gate) _lost.Add(item.Source);
        log.Problem($"\"{item.Source.Display}\" was not restored: {why}");
    }

    /// <summary>As <see cref="Lose"/>, because of damage in the repository. Thread-safe.</summary>
    internal void LoseToDamage(RestoreItem item, string why)
    {
        lock (_gate) _lost.Add(item.Source);
        log.Damage($"\"{item.Source.Display}\" was not restored: {why}");
    }

    /// <summary>Makes an item; false when it is lost. A full disk stops everything, anything else costs this item.</summary>
    internal bool Attempt(RestoreItem item, Action make)
    {
        try
        {
            make();
            return true;
        }
        catch (HoldfastException error) when (error.Kind != FailureKind.NoSpace)
        {
            Lose(item, error.Message);
            return false;
        }
    }

    /// <summary>As <see cref="Attempt"/> for another name of a file, which is lost when that file is.</summary>
    internal bool AttemptLink(RestoreItem name, RestoreItem of, Action link)
    {
        if (!IsLost(of)) return Attempt(name, link);
        Lose(name, $"it is another name of \"{of.Source.Display}\", which was not restored");
        return false;
    }

    /// <summary>Makes what is neither a file nor a folder.</summary>
    internal void CreateSpecial(RestoreItem item, FilePath path)
    {
        NodeWriter.Create(path, item.Node);
        ApplyMetadata(item, path);
    }

    internal void ApplyMetadata(RestoreItem item, FilePath path) => log.Metadata(_metadata.Apply(path, item.Node));

    /// <summary>
    /// Gives folders their metadata, those below before those above, because their times change with what is made in them.
    /// </summary>
    internal void FinishFolders(IEnumerable<RestoreItem> folders)
    {
        foreach (var folder in folders.Reverse())
        {
            try
            {
                ApplyMetadata(folder, folder.Destination);
            }
            catch (HoldfastException error)
            {
                log.Problem($"the folder \"{folder.Destination.Display}\" was restored without all of its metadata: {error.Message}");
            }
        }
    }
}
