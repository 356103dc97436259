using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;
using Holdfast.Restic.Keys;

namespace Holdfast.Restic.Locks;

/// <summary>The JSON of a lock file, fields in the format's order (section 9.1).</summary>
internal sealed record LockDocument
{
    [JsonPropertyName("time")]
    public required string Time { get; init; }

    [JsonPropertyName("exclusive")]
    public bool Exclusive { get; init; }

    [JsonPropertyName("hostname")]
    public string Hostname { get; init; } = string.Empty;

    [JsonPropertyName("username")]
    public string Username { get; init; } = string.Empty;

    [JsonPropertyName("pid")]
    public int Pid { get; init; }

    [JsonPropertyName("uid")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public uint Uid { get; init; }

    [JsonPropertyName("gid")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public uint Gid { get; init; }

    internal static byte[] Serialize(ClientIdentity owner, bool exclusive, Timestamp now) => JsonSerializer.SerializeToUtf8Bytes(
        new LockDocument
        {
            Time = now.ToString(),
            Exclusive = exclusive,
            Hostname = owner.HostName,
            Username = owner.UserName,
            Pid = owner.ProcessId,
            Uid = owner.Uid,
            Gid = owner.Gid,
        },
        LockJson.Default.LockDocument);

    /// <exception cref="HoldfastException">Damaged: not a lock document.</exception>
    internal static LockEntry Parse(Id id, ReadOnlySpan<byte> json)
    {
        try
        {
            var document = JsonSerializer.Deserialize(json, LockJson.Default.LockDocument) ?? throw new JsonException("null");
            var owner = new ClientIdentity(document.Hostname, document.Username, document.Pid, document.Uid, document.Gid);
            return new LockEntry(id, Timestamp.Parse(document.Time).ToDateTimeOffset(), document.Exclusive, owner);
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new HoldfastException(FailureKind.Damaged, $"lock {id.Short} is damaged: its JSON does not parse", null, error);
        }
    }
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LockDocument))]
internal sealed partial class LockJson : JsonSerializerContext;
