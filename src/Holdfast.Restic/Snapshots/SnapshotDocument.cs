using System.Buffers;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Snapshots;

/// <summary>The JSON of a snapshot file before compression and encryption (section 6).</summary>
public static class SnapshotDocument
{
    /// <summary>The fields in the format's order, without a line feed.</summary>
    public static byte[] Serialize(Snapshot snapshot)
    {
        var output = new ArrayBufferWriter<byte>(512);
        var writer = new JsonObjectWriter(output);
        writer.Time("time"u8, snapshot.Time);
        writer.IdUnlessAbsent("parent"u8, snapshot.Parent);
        writer.IdUnlessAbsent("tree"u8, snapshot.Tree);
        writer.Texts("paths"u8, snapshot.Paths);
        writer.TextUnlessEmpty("hostname"u8, snapshot.Hostname);
        writer.TextUnlessEmpty("username"u8, snapshot.Username);
        writer.NumberUnlessZero("uid"u8, snapshot.Uid);
        writer.NumberUnlessZero("gid"u8, snapshot.Gid);
        writer.TextsUnlessEmpty("excludes"u8, snapshot.Excludes);
        writer.TextsUnlessEmpty("tags"u8, snapshot.Tags);
        writer.IdUnlessAbsent("original"u8, snapshot.Original);
        writer.TextUnlessEmpty("program_version"u8, snapshot.ProgramVersion);
        if (snapshot.Summary is { } summary) WriteSummary(writer.Field("summary"u8), summary);
        writer.End();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads a snapshot; unknown fields are ignored, absent lists are empty, an absent time is <see cref="Timestamp.Unset"/>.</summary>
    /// <exception cref="HoldfastException">Damaged: not a snapshot, or one without a tree.</exception>
    public static Snapshot Parse(ReadOnlySpan<byte> json)
    {
        var fields = new SnapshotFields();
        JsonRead.Document(json, "a snapshot", fields, SnapshotFields.Read);
        return fields.ToSnapshot();
    }

    private static void WriteSummary(IBufferWriter<byte> output, SnapshotSummary summary)
    {
        var writer = new JsonObjectWriter(output);
        writer.Time("backup_start"u8, summary.BackupStart);
        writer.Time("backup_end"u8, summary.BackupEnd);
        writer.Number("files_new"u8, summary.FilesNew);
        writer.Number("files_changed"u8, summary.FilesChanged);
        writer.Number("files_unmodified"u8, summary.FilesUnmodified);
        writer.Number("dirs_new"u8, summary.DirsNew);
        writer.Number("dirs_changed"u8, summary.DirsChanged);
        writer.Number("dirs_unmodified"u8, summary.DirsUnmodified);
        writer.Number("data_blobs"u8, summary.DataBlobs);
        writer.Number("tree_blobs"u8, summary.TreeBlobs);
        writer.Number("data_added"u8, summary.DataAdded);
        writer.Number("data_added_packed"u8, summary.DataAddedPacked);
        writer.Number("total_files_processed"u8, summary.TotalFilesProcessed);
        writer.Number("total_bytes_processed"u8, summary.TotalBytesProcessed);
        writer.End();
    }
}
