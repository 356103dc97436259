using System.Globalization;
using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;

namespace Holdfast.Engine.Drills;

/// <summary>Puts the restored root and the port into what the manifest says of a boot.</summary>
internal sealed class BootText(FilePath root, int port)
{
    internal string Fill(string text) => text
        .Replace("{root}", root.ToString(), StringComparison.Ordinal)
        .Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    internal IReadOnlyList<string> Fill(IReadOnlyList<string> texts) => [.. texts.Select(Fill)];

    internal HealthDeclaration Fill(BootHealth health) => new()
    {
        Probe = health.Url is { } url ? new HealthProbe.Http(new Uri(Fill(url))) : new HealthProbe.Command(Fill(health.Command ?? [])),
        Timeout = health.Timeout,
        Interval = TimeSpan.FromMilliseconds(100),
    };
}
