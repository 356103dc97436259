using System.Text;
using Holdfast.Engine.Manifest.Schema;
using Holdfast.Engine.Manifest.Yaml;

namespace Holdfast.Engine.Manifest;

/// <summary>Reads <c>holdfast.yaml</c>, strictly: what is not understood is an error, never ignored.</summary>
public static class ManifestReader
{
    /// <summary>Bytes a manifest may have; 1 MiB.</summary>
    public const int LargestSize = 1 << 20;

    /// <param name="yaml">The content of the file.</param>
    /// <param name="fileName">As the messages shall name it.</param>
    /// <param name="folder">The absolute folder of the file; relative roots are seen from here.</param>
    public static ManifestResult Read(ReadOnlyMemory<byte> yaml, string fileName, string folder)
    {
        if (!Path.IsPathFullyQualified(folder))
        {
            throw new ArgumentException("the folder must be absolute", nameof(folder));
        }

        var errors = new List<ManifestError>();
        var manifest = Decode(yaml.Span, errors) is { } text ? Read(text, folder, errors) : null;
        return new ManifestResult(fileName, manifest, errors);
    }

    private static ApplicationManifest? Read(string text, string folder, List<ManifestError> errors)
    {
        var document = YamlTreeParser.Parse(text, errors);
        if (document is null or YamlText { IsAbsent: true })
        {
            if (errors.Count == 0)
            {
                errors.Add(new ManifestError(1, 1, string.Empty, "the manifest is empty", "write one with 'holdfast init'"));
            }

            return null;
        }

        SchemaValidation.Run(document, ManifestSchema.Root, errors);
        if (document is YamlMap map)
        {
            DistinctPaths.Check(map, folder, errors);
            ArchiveRules.Check(map, errors);
            return errors.Count == 0 ? ManifestBinding.Bind(map, folder) with { Places = new ManifestPlaces(map) } : null;
        }

        return null;
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, List<ManifestError> errors)
    {
        if (bytes.Length > LargestSize)
        {
            errors.Add(new ManifestError(1, 1, string.Empty, "the file is larger than 1 MiB", "is this really a manifest?"));
            return null;
        }

        if (bytes.StartsWith("\uFEFF"u8))
        {
            bytes = bytes[3..];
        }

        var good = LengthOfUtf8(bytes);
        if (good == bytes.Length)
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var before = bytes[..good];
        var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        errors.Add(new ManifestError(before.Count((byte)'\n') + 1, column, string.Empty, "this is not UTF-8", "save the file as UTF-8"));
        return null;
    }

    private static int LengthOfUtf8(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length && Rune.DecodeFromUtf8(bytes[at..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            at += length;
        }

        return at;
    }
}
