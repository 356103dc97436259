using Holdfast.Engine.Files;
using Holdfast.Engine.Manifest;
using Holdfast.Engine.Supervision;
using Holdfast.Testing;

namespace Holdfast.Tests.Engine.Supervision;

/// <summary>The forms in which a manifest can describe the sample application.</summary>
internal static class Declared
{
    public static ServiceDeclaration Commands(SampleShop shop, bool status = true, bool health = true, bool foreground = false) =>
        Service(shop, new ServiceControl.Commands(foreground ? shop.Serve : shop.Start, shop.Stop, status ? shop.Status : null), health);

    public static ServiceDeclaration Process(SampleShop shop, bool start = true, bool health = true) =>
        Service(shop, new ServiceControl.Process(shop.PidFile, 15, start ? shop.Serve : null), health);

    public static ServiceSurroundings Surroundings(SampleShop shop, IReadOnlyDictionary<string, string?>? environment = null) => new()
    {
        Root = FilePath.From(shop.Root),
        Environment = environment ?? new Dictionary<string, string?>(),
        Log = FilePath.From(shop.Root).Combine("shop.log"),
        Clock = TimeProvider.System,
    };

    public static ServiceDeclaration Service(SampleShop shop, ServiceControl control, bool health = true) => new()
    {
        Control = control,
        Timeout = Conditions.Deadline,
        Health = health ? Health(shop.HealthUrl) : null,
    };

    public static HealthDeclaration Health(string url, double seconds = 600, int successes = 1) => new()
    {
        Probe = new HealthProbe.Http(new Uri(url)),
        Timeout = TimeSpan.FromSeconds(seconds),
        Interval = TimeSpan.FromMilliseconds(20),
        Successes = successes,
    };
}
