using System.Text.Json;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic.Snapshots;

/// <summary>The fields of a snapshot while it is being read, in whatever order they come.</summary>
internal sealed class SnapshotFields
{
    private Timestamp _time = Timestamp.Unset;
    private Id? _parent;
    private Id? _tree;
    private IReadOnlyList<string> _paths = [];
    private string? _hostname;
    private string? _username;
    private uint _uid;
    private uint _gid;
    private IReadOnlyList<string> _excludes = [];
    private IReadOnlyList<string> _tags = [];
    private Id? _original;
    private string? _programVersion;
    private SnapshotSummary? _summary;

    /// <summary>A <see cref="FieldReader{T}"/>: takes the field the reader is at.</summary>
    public static bool Read(ref Utf8JsonReader reader, SnapshotFields snapshot) =>
        snapshot.ReadContent(ref reader) || snapshot.ReadOrigin(ref reader);

    /// <exception cref="HoldfastException">Damaged: there is no tree.</exception>
    public Snapshot ToSnapshot() => new()
    {
        Time = _time,
        Parent = _parent,
        Tree = _tree is { IsNull: false } tree ? tree : throw new HoldfastException(FailureKind.Damaged, "a snapshot names no tree"),
        Paths = _paths,
        Hostname = _hostname,
        Username = _username,
        Uid = _uid,
        Gid = _gid,
        Excludes = _excludes,
        Tags = _tags,
        Original = _original,
        ProgramVersion = _programVersion,
        Summary = _summary,
    };

    private bool ReadContent(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("time"u8)) _time = JsonRead.Time(ref reader);
        else if (reader.ValueTextEquals("parent"u8)) _parent = JsonRead.OptionalId(ref reader);
        else if (reader.ValueTextEquals("tree"u8)) _tree = JsonRead.OptionalId(ref reader);
        else if (reader.ValueTextEquals("paths"u8)) _paths = JsonRead.Texts(ref reader);
        else if (reader.ValueTextEquals("excludes"u8)) _excludes = JsonRead.Texts(ref reader);
        else if (reader.ValueTextEquals("tags"u8)) _tags = JsonRead.Texts(ref reader);
        else if (reader.ValueTextEquals("summary"u8)) _summary = ReadSummary(ref reader);
        else return false;
        return true;
    }

    private bool ReadOrigin(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("hostname"u8)) _hostname = JsonRead.Text(ref reader);
        else if (reader.ValueTextEquals("username"u8)) _username = JsonRead.Text(ref reader);
        else if (reader.ValueTextEquals("uid"u8)) _uid = JsonRead.Number32(ref reader);
        else if (reader.ValueTextEquals("gid"u8)) _gid = JsonRead.Number32(ref reader);
        else if (reader.ValueTextEquals("original"u8)) _original = JsonRead.OptionalId(ref reader);
        else if (reader.ValueTextEquals("program_version"u8)) _programVersion = JsonRead.Text(ref reader);
        else return false;
        return true;
    }

    private static SnapshotSummary? ReadSummary(ref Utf8JsonReader reader)
    {
        if (!JsonRead.Value(ref reader)) return null;
        var fields = new SummaryFields();
        JsonRead.Fields(ref reader, fields, SummaryFields.Read);
        return fields.Summary;
    }

    private sealed class SummaryFields
    {
        public SnapshotSummary Summary { get; private set; } = new() { BackupStart = Timestamp.Unset, BackupEnd = Timestamp.Unset };

        public static bool Read(ref Utf8JsonReader reader, SummaryFields fields) => fields.ReadCounts(ref reader) || fields.ReadTotals(ref reader);

        private bool ReadCounts(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("files_new"u8)) Summary = Summary with { FilesNew = JsonRead.Number(ref reader) };
            else if (reader.ValueTextEquals("files_changed"u8)) Summary = Summary with { FilesChanged = JsonRead.Number(ref reader) };
            else if (reader.ValueTextEquals("files_unmodified"u8)) Summary = Summary with { FilesUnmodified = JsonRead.Number(ref reader) };
            else if (reader.ValueTextEquals("dirs_new"u8)) Summary = Summary with { DirsNew = JsonRead.Number(ref reader) };
            else if (reader.ValueTextEquals("dirs_changed"u8)) Summary = Summary with { DirsChanged = JsonRead.Number(ref reader) };
            else if (reader.ValueTextEquals("dirs_unmodified"u8)) Summary = Summary with { DirsUnmodified = JsonRead.Number(ref reader) };
            else return false;
            return true;
        }

        private bool ReadTotals(ref Utf8JsonReader reader)
        {
            if (reader.ValueTextEquals("backup_start"u8)) Summary = Summary with { BackupStart = JsonRead.Time(ref reader) };
            else if (reader.ValueTextEquals("backup_end"u8)) Summary = Summary with { BackupEnd = JsonRead.Time(ref reader) };
            else if (reader.ValueTextEquals("data_blobs"u8)) Summary = Summary with { DataBlobs = JsonRead.Number(ref reader) };
            else if (reader.ValueTextEquals("tree_blobs"u8)) Summary = Summary with { TreeBlobs = JsonRead.Number(ref reader) };
            else if (reader.ValueTextEquals("data_added"u8)) Summary = Summary with { DataAdded = JsonRead.Number(ref reader) };
            else if (reader.ValueTextEquals("data_added_packed"u8)) Summary = Summary with { DataAddedPacked = JsonRead.Number(ref reader) };
            else if (reader.ValueTextEquals("total_files_processed"u8)) Summary = Summary with { TotalFilesProcessed = JsonRead.Number(ref reader) };
            else if (reader.ValueTextEquals("total_bytes_processed"u8)) Summary = Summary with { TotalBytesProcessed = JsonRead.Number(ref reader) };
            else return false;
            return true;
        }
    }
}
