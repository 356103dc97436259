using System.Globalization;

namespace Holdfast.SampleApp;

/// <summary>What the command line and DIR/shop.conf say.</summary>
internal sealed record ShopSettings(string Root, int Port, string? PidFile, int WriteEvery)
{
    public string Database => Path.Combine(Root, "shop.db");

    public string Mode => Configured("mode") ?? "normal";

    public int Delay => int.Parse(Configured("delay") ?? "0", CultureInfo.InvariantCulture);

    public string Greeting => Configured("greeting") ?? "hello";

    public static ShopSettings Parse(string[] arguments)
    {
        string? Option(string name) => Array.IndexOf(arguments, name) is >= 0 and var i ? arguments[i + 1] : null;
        int Number(string name, int otherwise) => Option(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        var settings = new ShopSettings(Option("--root") ?? ".", 0, Option("--pid-file"), Number("--write-every", 20));
        var port = Number("--port", int.Parse(settings.Configured("port") ?? "0", CultureInfo.InvariantCulture));
        return settings with { Port = port };
    }

    private string? Configured(string name)
    {
        var file = Path.Combine(Root, "shop.conf");
        if (!File.Exists(file)) return null;
        return File.ReadLines(file).Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2 && parts[0].Trim() == name)
            .Select(parts => parts[1].Trim()).LastOrDefault();
    }
}
