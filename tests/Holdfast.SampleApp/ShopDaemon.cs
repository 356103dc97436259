using System.Diagnostics;
using System.Globalization;

namespace Holdfast.SampleApp;

/// <summary>The application in the background, as init scripts run one.</summary>
internal static class ShopDaemon
{
    private const int Term = 15;

    public static int Start(string[] arguments, ShopSettings settings)
    {
        if (settings.Mode == "broken")
        {
            Console.Error.WriteLine("the shop is broken");
            return 7;
        }

        // It keeps this program's outputs open, as many daemons do.
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["serve", .. arguments]) { UseShellExecute = false });
        return 0;
    }

    public static async Task<int> StopAsync(ShopSettings settings)
    {
        using var process = Find(settings);
        if (process is null) return 0;
        using var kill = Process.Start("kill", ["-s", Term.ToString(CultureInfo.InvariantCulture), process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync();
        return 0;
    }

    public static bool IsRunning(ShopSettings settings)
    {
        using var process = Find(settings);
        return process is not null;
    }

    private static Process? Find(ShopSettings settings)
    {
        try
        {
            var process = Process.GetProcessById(int.Parse(File.ReadAllText(settings.PidFile!), CultureInfo.InvariantCulture));
            return process.HasExited ? null : process;
        }
        catch (Exception absent) when (absent is IOException or ArgumentException or FormatException)
        {
            return null;
        }
    }
}
