# Draws heat-map.svg from heat-map.csv; gnuplot -e "format='png'" heat-map.gnuplot draws heat-map.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,345 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,138 font 'DejaVu Sans,10' background 'white'
}
set output 'heat-map.' . format
set datafile separator comma
set label 1 'Quality' at screen 0.5,0.89855 center font ',10'
set xlabel 'weights [bit]'
set ylabel 'activations [bit]'
set lmargin at screen 0.172222
set rmargin at screen 0.966667
set tmargin at screen 0.797101
set bmargin at screen 0.362319
unset key
unset colorbox
set tics scale 0 nomirror
set xtics ('8' 0, '10' 1)
set ytics ('8' 0, '12' 1)
set xrange [-0.5:1.5]
set yrange [-0.5:1.5]
set object 1 rectangle from -0.5,-0.5 to 0.5,0.5 fillcolor rgb '#8c8c8c' fillstyle solid noborder
set label 2 '8.080' at 0,0 center front font ',8'
set object 2 rectangle from 0.5,-0.5 to 1.5,0.5 fillcolor rgb '#fdfdfd' fillstyle solid noborder
set label 3 '10.080' at 1,0 center front font ',8'
set object 3 rectangle from -0.5,0.5 to 0.5,1.5 fillcolor rgb '#8e8e8e' fillstyle solid noborder
set label 4 '8.120' at 0,1 center front font ',8'
set object 4 rectangle from 0.5,0.5 to 1.5,1.5 fillcolor rgb '#ffffff' fillstyle solid noborder
set label 5 '10.120' at 1,1 center front font ',8'
plot NaN notitle
