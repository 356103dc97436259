using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Engine.RestorePoints;
using Holdfast.Engine.Restores.Planning;
using Holdfast.Engine.Tar;
using Holdfast.Restic;
using Holdfast.Restic.Blobs;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Trees;

namespace Holdfast.Engine.Dumps;

/// <summary>
/// Takes a file or a folder out of a snapshot, onto standard output or into one file. Every byte is verified before it is written; a file
/// of output gets its name only when it is whole.
/// </summary>
public sealed class DumpRun(Repository repository, DumpOptions options, TimeProvider clock, OperationProgress progress)
{
    private readonly List<string> _notices = [];
    private long _files;
    private long _bytes;

    /// <exception cref="HoldfastException">
    /// NotFound: the path is not in the snapshot. Failed: it is a link or a device, or the output exists. Damaged: it cannot be had whole. NoSpace,
    /// Locked. OutputClosed: nobody reads the output any more.
    /// </exception>
    public async Task<DumpResult> ExecuteAsync(CancellationToken cancellationToken)
    {
        progress.Begin("reading the snapshot");
        if (options.Output is { } output) Destinations.RefuseInside(output, options.Forbidden);
        var isArchive = await new LockedReading(repository, options.Lock ? options.Identity : null, clock, _notices.Add)
            .RunAsync(DumpAsync, cancellationToken).ConfigureAwait(false);
        return new DumpResult(isArchive, _files, _bytes, _notices);
    }

    private async Task<bool> DumpAsync(BlobReader reader, CancellationToken cancellationToken)
    {
        var node = await FindAsync(reader, cancellationToken).ConfigureAwait(false);
        var isArchive = node.Type == NodeType.Directory;
        if (!isArchive && node.Type != NodeType.File) throw NoFile(node);
        if (options.Output is { } output)
        {
            RefuseTaken(output);
            using var file = PendingFile.Create(output, options.Force);
            await WriteAsync(reader, node, file.Content, cancellationToken).ConfigureAwait(false);
            file.Commit();
            return isArchive;
        }

        if (isArchive && options.IsTerminal)
            throw new HoldfastException(FailureKind.Usage, "a folder is dumped as a tar archive, which a terminal cannot show", "give --output FILE, or pipe it into `tar -x`");
        using var standard = DescriptorStream.StandardOutput();
        await WriteAsync(reader, node, standard, cancellationToken).ConfigureAwait(false);
        return isArchive;
    }

    /// <summary>A device or a pipe of that name is never replaced, a file only when that is wanted.</summary>
    private void RefuseTaken(FilePath output)
    {
        if (FileSystem.TryStatus(output, followLinks: false) is not { } there) return;
        if (!there.IsFile) throw new HoldfastException(FailureKind.Failed, $"\"{output.Display}\" exists and is no regular file", "give another name, or write to standard output");
        if (!options.Force) throw new HoldfastException(FailureKind.Failed, $"\"{output.Display}\" exists", "give another name, or --force to replace it");
    }

    /// <summary>The node of the path; the root has none of its own.</summary>
    private async Task<Node> FindAsync(BlobReader reader, CancellationToken cancellationToken)
    {
        var root = options.Snapshot.Snapshot.Tree;
        if (options.Path.IsRoot) return new Node { Name = default, Type = NodeType.Directory, Subtree = root };
        var walk = new SnapshotWalk(reader, new PathSelection([options.Path]));
        await foreach (var entry in walk.EntriesAsync(root, cancellationToken).ConfigureAwait(false))
            if (entry.Path == options.Path) return entry.Node;
        if (walk.Problems is [var problem, ..]) throw new HoldfastException(FailureKind.Damaged, problem, "use another snapshot");
        throw await new AbsentPath(reader, options.Snapshot).ExplainAsync(options.Path, cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteAsync(BlobReader reader, Node node, Stream output, CancellationToken cancellationToken)
    {
        var content = new ContentReader(reader);
        if (node.Type == NodeType.Directory)
        {
            progress.Begin("writing the archive");
            await WriteArchiveAsync(reader, content, output, cancellationToken).ConfigureAwait(false);
            return;
        }

        progress.Begin("writing the file", content.SizeOf(options.Path, node));
        await WriteContentAsync(content, options.Path, node, output, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Names are whole paths without the slash in front, and the folder itself is not in it, as restic does it.</summary>
    private async Task WriteArchiveAsync(BlobReader reader, ContentReader content, Stream output, CancellationToken cancellationToken)
    {
        var tar = new TarWriter(output);
        var walk = new SnapshotWalk(reader, new PathSelection([options.Path]));
        await foreach (var (path, node) in walk.EntriesAsync(options.Snapshot.Snapshot.Tree, cancellationToken).ConfigureAwait(false))
        {
            if (!path.IsUnder(options.Path) || path == options.Path) continue;
            if (!TarWriter.CanHold(node))
            {
                _notices.Add($"\"{path.Display}\" is of a type that an archive cannot hold");
                continue;
            }

            // Before the header, because the size in it cannot be taken back.
            var size = node.Type == NodeType.File ? content.SizeOf(path, node) : 0;
            await tar.WriteHeaderAsync(path.Bytes[1..], node, size, cancellationToken).ConfigureAwait(false);
            if (node.Type == NodeType.File) await WriteContentAsync(content, path, node, output, cancellationToken).ConfigureAwait(false);
            await tar.PadAsync(size, cancellationToken).ConfigureAwait(false);
        }

        // Without its end the archive shows that it is not whole.
        if (walk.Problems is [var problem, ..]) throw new HoldfastException(FailureKind.Damaged, problem, "use another snapshot, or dump what is beside it");
        await tar.WriteEndAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteContentAsync(ContentReader content, FilePath path, Node node, Stream output, CancellationToken cancellationToken)
    {
        await foreach (var chunk in content.ReadAsync(path, node, cancellationToken).ConfigureAwait(false))
        {
            await output.WriteAsync(chunk, cancellationToken).ConfigureAwait(false);
            progress.AddBytes(chunk.Length);
            _bytes += chunk.Length;
        }

        progress.AddItem();
        _files++;
    }

    private HoldfastException NoFile(Node node) => node is { Type: NodeType.Symlink, LinkTarget: { } target }
        ? new HoldfastException(FailureKind.Failed, $"\"{options.Path.Display}\" is a symbolic link to \"{PrintableName.Escape(target.Span)}\"", "dump what it leads to")
        : new HoldfastException(FailureKind.Failed, $"\"{options.Path.Display}\" is neither a file nor a folder", "restore it instead: `holdfast restore`");
}
