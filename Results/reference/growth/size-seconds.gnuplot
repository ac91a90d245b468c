# Draws size-seconds.svg from size-seconds.csv; gnuplot -e "format='png'" size-seconds.gnuplot draws size-seconds.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,770 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,308 font 'DejaVu Sans,10' background 'white'
}
set output 'size-seconds.' . format
set datafile separator comma
set style line 1 linecolor rgb '#000000' linewidth 1.5 dashtype 1 pointtype 7 pointsize 0.8
set style line 2 linecolor rgb '#0072b2' linewidth 1.5 dashtype (12,4) pointtype 4 pointsize 0.8
set style line 3 linecolor rgb '#d55e00' linewidth 1.5 dashtype (3,4) pointtype 9 pointsize 0.8
set style line 4 linecolor rgb '#009e73' linewidth 1.5 dashtype (12,4,3,4) pointtype 12 pointsize 0.8
set style line 5 linecolor rgb '#cc79a7' linewidth 1.5 dashtype (8,3) pointtype 5 pointsize 0.8
set style line 6 linecolor rgb '#56b4e9' linewidth 1.5 dashtype (2,2) pointtype 6 pointsize 0.8
set style line 7 linecolor rgb '#e69f00' linewidth 1.5 dashtype (14,3,2,3,2,3) pointtype 8 pointsize 0.8
set style line 8 linecolor rgb '#666666' linewidth 1.5 dashtype (6,6) pointtype 13 pointsize 0.8
set grid linecolor rgb '#dddddd' linewidth 0.6
set border 3
set tics nomirror
set tmargin at screen 1 - 0.09091
set bmargin at screen 0.2597
set rmargin 2
set xlabel 'side of the image [px], log. scale'
set ylabel 'time [s], log. scale'
set label 1 'Time against side of the image' at screen 0.5,0.95455 center font ',10'
set key at screen 0.5, screen 0.05519 center bottom horizontal maxcols 2 Left reverse samplen 4 width 1 font ',9'
set label 2 'dashed: power laws, n = 3' at screen 0.98, screen 0.02597 right font ',8' textcolor rgb '#555555'
set logscale x
set xrange [14.2857:71.6800]
set xtics ('20' 20.0000, '50' 50.0000)
set xtics ('16' 16, '24' 24, '32' 32, '48' 48, '64' 64)
set logscale y
set yrange [0.560933:11.6911]
set ytics ('1' 1.00000, '2' 2.00000, '5' 5.00000, '10' 10.0000)
plot 'size-seconds.csv' using 1:2 with points linestyle 1 title 'client', \
     0.00251786 * x**(1.99513) with lines linestyle 1 dashtype 2 notitle, \
     'size-seconds.csv' using 1:3 with points linestyle 2 title 'server', \
     0.00297089 * x**(1.93323) with lines linestyle 2 dashtype 2 notitle
