using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Holdfast.Restic.Chunking;
using Holdfast.Restic.Failures;
using Holdfast.Restic.Format;

namespace Holdfast.Restic;

/// <summary>
/// The plaintext of a repository's config file (section 3.3): its format version, its identity and how its files are cut.
/// </summary>
/// <param name="Version">1 or 2.</param>
/// <param name="Id">Random; tells repositories apart.</param>
/// <param name="ChunkerPolynomial">Irreducible, of degree 53.</param>
public sealed record RepositoryConfig(int Version, Id Id, Polynomial ChunkerPolynomial)
{
    /// <exception cref="HoldfastException">
    /// Failed: the repository is of a version that this program does not know. Damaged: empty, not a config, or a polynomial that cannot
    /// cut.
    /// </exception>
    public static RepositoryConfig Parse(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty) throw Damaged("is empty", "restore the file config from a copy of the repository");
        var fields = new Fields();
        JsonRead.Document(json, "the repository's config", fields, ReadField);
        RequireKnownVersion(fields.Version);
        if (fields.Id is not { IsNull: false } id) throw Damaged("has no ID");
        return new RepositoryConfig((int)fields.Version, id, ParsePolynomial(fields.Polynomial));
    }

    /// <summary>The JSON, without a line feed.</summary>
    public byte[] Serialize()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new JsonObjectWriter(output);
        writer.Number("version"u8, (ulong)Version);
        writer.IdUnlessAbsent("id"u8, Id);
        writer.Text("chunker_polynomial"u8, ChunkerPolynomial.ToString());
        writer.End();
        return output.WrittenSpan.ToArray();
    }

    private static void RequireKnownVersion(ulong version)
    {
        if (version is 1 or 2) return;
        if (version == 0) throw Damaged("has no version");
        throw new HoldfastException(
            FailureKind.Failed,
            string.Create(CultureInfo.InvariantCulture, $"the repository is of a newer version ({version}) than this program can read (1 and 2)"),
            "use a newer version of this program; nothing was changed");
    }

    private static Polynomial ParsePolynomial(string? text)
    {
        if (!Polynomial.TryParse(text ?? string.Empty, out var polynomial))
            throw Damaged("has a chunker polynomial that is not a hexadecimal number");
        if (polynomial.Degree != Polynomial.ChunkerDegree || !polynomial.IsIrreducible)
            throw Damaged("has a chunker polynomial that is not irreducible of degree 53");
        return polynomial;
    }

    private static HoldfastException Damaged(string what, string? hint = null) =>
        new(FailureKind.Damaged, $"the repository's config {what}", hint);

    private static bool ReadField(ref Utf8JsonReader reader, Fields fields)
    {
        if (reader.ValueTextEquals("version"u8)) fields.Version = JsonRead.Number(ref reader);
        else if (reader.ValueTextEquals("id"u8)) fields.Id = JsonRead.OptionalId(ref reader);
        else if (reader.ValueTextEquals("chunker_polynomial"u8)) fields.Polynomial = JsonRead.Text(ref reader);
        else return false;
        return true;
    }

    private sealed class Fields
    {
        public ulong Version { get; set; }

        public Id? Id { get; set; }

        public string? Polynomial { get; set; }
    }
}
