using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Progress;
using Holdfast.Restic.Failures;

namespace Holdfast.Engine.Operations;

/// <summary>
/// A small file in the application's folder while a restore exchanges its files: journals are of one user each, and can be lost, but everybody who comes
/// to the application must see that it may be between two states. It holds no secret. What is read from one may have been written by anybody,
/// or by a program that knew less.
/// </summary>
public sealed record RestoreMarker
{
    private const int LargestFile = 64 * 1024;
    private const int LongestText = 200;
    private const int ShortId = 8;

    /// <summary>So many parts are named in a command.</summary>
    public const int MostParts = 5;

    private const string BetweenStates = ") has not come to its end: the application may be between two states; ";

    private static ReadOnlySpan<byte> Suffix => ".holdfast-restoring"u8;

    [JsonPropertyName("operation")]
    public long Operation { get; init; }

    [JsonPropertyName("title")]
    public string? Title { get; init; }

    [JsonPropertyName("user")]
    public string? User { get; init; }

    [JsonPropertyName("host")]
    public string? Host { get; init; }

    [JsonPropertyName("since")]
    public DateTimeOffset Since { get; init; }

    /// <summary>Where the journal is that can resume or undo it.</summary>
    [JsonPropertyName("state_folder")]
    public string? StateFolder { get; init; }

    /// <summary>The ID of what is restored.</summary>
    [JsonPropertyName("snapshot")]
    public string? Snapshot { get; init; }

    /// <summary>The ID of the snapshot of the state before; null when there is none.</summary>
    [JsonPropertyName("safety")]
    public string? Safety { get; init; }

    /// <summary>What of it is restored, the first few paths; null for everything, or where an older program wrote it.</summary>
    [JsonPropertyName("only")]
    public IReadOnlyList<string>? Only { get; init; }

    [JsonPropertyName("process")]
    public int Process { get; init; }

    [JsonPropertyName("process_start")]
    public ulong ProcessStart { get; init; }

    [JsonPropertyName("boot")]
    public string? Boot { get; init; }

    /// <summary>The file for an application that a file or folder stands for: a hidden one beside it.</summary>
    public static FilePath PathFor(FilePath subject) => (subject.Parent ?? FilePath.Root).Combine((byte[])[(byte)'.', .. subject.Name.Span, .. Suffix]);

    /// <summary>A file of this name is a marker.</summary>
    public static bool IsOne(ReadOnlySpan<byte> name) => name is [(byte)'.', _, ..] && name.EndsWith(Suffix);

    /// <summary>Null when there is none. One that cannot be read says as much as it can: something has not come to its end.</summary>
    public static RestoreMarker? TryRead(FilePath path)
    {
        try
        {
            if (FileSystem.TryStatus(path, followLinks: false) is not { } status) return null;
            return status.IsFile ? Parse(FileSystem.ReadAllBytes(path, LargestFile)) : new RestoreMarker();
        }
        catch (HoldfastException error) when (FileFailure.IsVanished(error))
        {
            return null;
        }
        catch (HoldfastException)
        {
            return new RestoreMarker();
        }
    }

    public byte[] Serialize() => [.. JsonSerializer.SerializeToUtf8Bytes(this, RestoreMarkerJson.Default.RestoreMarker), (byte)'\n'];

    /// <summary>The same, said to be the work of this process.</summary>
    public RestoreMarker OfThisProcess()
    {
        var process = ProcessIdentity.Current();
        return this with { Process = process.Id, ProcessStart = process.StartTicks, Boot = BootIdentity.Current() };
    }

    /// <summary>Its process is at it now, as far as that can be told from this host.</summary>
    /// <param name="host">The name of this host.</param>
    public bool IsRunning(string host) => Process > 0 && Host == host && Boot == BootIdentity.Current() && new ProcessIdentity(Process, ProcessStart).IsAlive();

    /// <summary>A journal of this place is the one that knows it, or knew it.</summary>
    public bool IsOf(FilePath stateFolder, string host) => Host == host && StateFolder == stateFolder.ToString();

    /// <summary>What a backup of the application has to say.</summary>
    public string Problem =>
        $"operation {Operation} ({Printable(Title, "a restore")}{BetweenStates}{Printable(User, "somebody")} began it on {Printable(Host, "an unknown host")}";

    /// <summary>A problem in the record of a snapshot is that of a marker: it was made while the application may have been between two states.</summary>
    public static bool IsProblem(string problem) => problem.Contains(BetweenStates, StringComparison.Ordinal);

    /// <summary>The same for somebody who is to do something about it.</summary>
    public string Describe(TimeZoneInfo zone) => $"{Problem}, {HumanFormat.Time(Since, zone)}";

    /// <summary>What to do.</summary>
    /// <param name="stateFolder">Of who asks.</param>
    /// <param name="host">Of who asks.</param>
    public string Advice(FilePath stateFolder, string host)
    {
        var before = Safety is { } safety ? $", `holdfast restore {Short(safety)} --over-interrupted` brings the state before it back" : string.Empty;
        var again = Snapshot is { } snapshot ? $"`holdfast restore {Short(snapshot)}{Parts} --over-interrupted` does it again" : "`holdfast restore ID --over-interrupted` goes over it";
        var over = $"{again}{before} (with `--start` when the application is to run then, which it may have stopped); old files lie beside the new ones as NAME.before-restore-TIME";
        return IsOf(stateFolder, host)
            ? $"the journal that could undo it is gone; {over}"
            : $"run `holdfast operations resume {Operation}` or `undo {Operation}` as {Printable(User, "that user")} on {Printable(Host, "that host")} (local state in \"{Printable(StateFolder, "an unknown folder")}\"); if that is lost, {over}";
    }

    private static RestoreMarker Parse(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, RestoreMarkerJson.Default.RestoreMarker) ?? new RestoreMarker();
        }
        catch (JsonException)
        {
            return new RestoreMarker();
        }
    }

    /// <summary>Of a part only the same part is done again.</summary>
    private string Parts => Only is not { Count: > 0 } parts ? string.Empty
        : parts.Count > MostParts ? " (with the same --only that it had)"
        : string.Concat(parts.Select(part => $" --only '{Printable(part.Replace("'", @"'\''", StringComparison.Ordinal), string.Empty)}'"));

    private static string Short(string id) => Printable(id[..Math.Min(ShortId, id.Length)], string.Empty);

    private static string Printable(string? text, string unknown) => text is null ? unknown : Quoted.Escape(text, LongestText);
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(RestoreMarker))]
internal sealed partial class RestoreMarkerJson : JsonSerializerContext;
